from __future__ import annotations

from devops_tui.transports.piece_size import FIRST_BYTES, LEAST_BYTES, MOST_BYTES, PieceSize


def test_full_pieces_that_come_quickly_make_larger_ones() -> None:
    piece = PieceSize()
    for _ in range(9):
        piece.came(piece.bytes, 0.01)
    assert piece.bytes == MOST_BYTES


def test_a_part_of_a_piece_changes_nothing() -> None:
    piece = PieceSize()
    piece.came(10, 0.01)
    assert piece.bytes == FIRST_BYTES


def test_a_slow_link_is_asked_for_little() -> None:
    piece = PieceSize()
    for _ in range(9):
        piece.came(piece.bytes, 20.0)
    assert piece.bytes == LEAST_BYTES
