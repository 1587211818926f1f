"""What people say below the issues of a site, and the files that they add."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

Json = Any
BOT = "acc-bot"


class SiteRefusal(Exception):
    """What the site answers instead of doing it."""

    def __init__(self, status: int, *messages: str) -> None:
        super().__init__(*messages)
        self.status = status
        self.messages = messages


class SiteTalk(ABC):
    """Comments and attachments; base of JiraSite.

    Attributes:
        told: Comments, and the texts that the worker was shown of them.
        overwritten: Texts that the worker replaced without having been shown them: Jira
            keeps no versions of comments, and takes a change without asking of which.
    """

    def __init__(self) -> None:
        self.issues: dict[str, dict[str, Any]] = {}
        self.told: set[tuple[str, str]] = set()
        self.overwritten: list[Any] = []
        self._numbers = itertools.count(10001)

    @abstractmethod
    def tick(self) -> datetime:
        """A moment of its own for a change."""

    @abstractmethod
    def issue(self, number_or_key: str) -> dict[str, Any]:
        """An issue; raises SiteRefusal."""

    @abstractmethod
    def user(self, account: str) -> Json:
        """A user as JSON."""

    @abstractmethod
    def _show(self, number: str) -> None:
        """The index learns it later."""

    def comment(
        self, number: str, by: str, body: Any, properties: dict[str, Any]
    ) -> dict[str, Any]:
        issue = self.issue(number)
        made = {
            "id": str(next(self._numbers)),
            "author": by,
            "body": body,
            "created": self.tick(),
            "properties": properties,
        }
        made |= {"updated": made["created"], "edited_by": by}
        issue["comments"].append(made)
        issue["updated"] = made["created"]
        self._show(number)
        if by == BOT:
            self.told.add((made["id"], str(body)))
        return made

    def reword(self, number: str, by: str, comment_id: str, body: Any) -> dict[str, Any]:
        """Changes a comment; what stood there before is kept by nobody."""
        comment = self.comment_of(number, comment_id)
        self._count_overwritten(by, comment)
        comment["body"], comment["edited_by"], comment["updated"] = body, by, self.tick()
        self.issues[number]["updated"] = comment["updated"]
        self._show(number)
        return comment

    def unsay(self, number: str, by: str, comment_id: str) -> None:
        """Takes a comment away."""
        comment = self.comment_of(number, comment_id)
        self._count_overwritten(by, comment)
        issue = self.issue(number)
        issue["comments"].remove(comment)
        issue["updated"] = self.tick()
        self._show(number)

    def comment_of(self, number: str, comment_id: str) -> dict[str, Any]:
        """One comment of an issue."""
        for comment in self.issue(number)["comments"]:
            if comment["id"] == comment_id:
                found: dict[str, Any] = comment
                return found
        raise SiteRefusal(404, f"Can not find a comment for the id: {comment_id}.")

    def attach(self, number: str, by: str, name: str, size: int) -> str:
        """Adds a file; its id."""
        issue, at = self.issue(number), self.tick()
        file_id = str(next(self._numbers))
        made = {"id": file_id, "filename": name, "size": size, "by": by, "at": at}
        issue["attachments"].append(made)
        issue["updated"] = at
        self._show(number)
        return file_id

    def detach(self, number: str, file_id: str) -> None:
        """Takes a file away."""
        issue = self.issue(number)
        issue["attachments"] = [a for a in issue["attachments"] if a["id"] != file_id]
        issue["updated"] = self.tick()
        self._show(number)

    def shown_comment(self, comment: dict[str, Any]) -> Json:
        self.told.add((comment["id"], str(comment["body"])))
        return {
            "id": comment["id"],
            "author": self.user(comment["author"]),
            "updateAuthor": self.user(comment["edited_by"]),
            "body": comment["body"],
            "created": stamp(comment["created"]),
            "updated": stamp(comment["updated"]),
        }

    def _shown_file(self, file: dict[str, Any]) -> Json:
        return {
            "id": file["id"],
            "filename": file["filename"],
            "author": self.user(file["by"]),
            "created": stamp(file["at"]),
            "size": file["size"],
            "mimeType": "application/octet-stream",
            "content": f"https://jira.example/attachment/content/{file['id']}",
        }

    def _count_overwritten(self, by: str, comment: dict[str, Any]) -> None:
        if by == BOT and (comment["id"], str(comment["body"])) not in self.told:
            self.overwritten.append(comment["body"])


def stamp(at: datetime) -> str:
    """A time as Jira writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"
