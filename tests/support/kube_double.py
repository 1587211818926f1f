"""A small API server: what kubectl asks of Services, Pods and EndpointSlices, and no more.

Built from what Kubernetes publishes: its OpenAPI document (the paths, the shapes of Status,
Service, Pod, EndpointSlice v1, SelfSubjectAccessReview) and its API conventions (a patch with
a resourceVersion that is not the object's is a 409 Conflict). A contract, not a cluster.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_RESOURCES = {
    "/api/v1": ("v1", (("services", "Service", "svc"), ("pods", "Pod", "po"))),
    "/apis/discovery.k8s.io/v1": (
        "discovery.k8s.io/v1",
        (("endpointslices", "EndpointSlice", "eps"),),
    ),
    "/apis/authorization.k8s.io/v1": (
        "authorization.k8s.io/v1",
        (("selfsubjectaccessreviews", "SelfSubjectAccessReview", "ssar"),),
    ),
}


class KubeDouble:
    """One cluster with one Service and a pod of each colour.

    Attributes:
        follows: Whether the endpoints follow the selector, as a controller manages it.
        is_allowed: What an access review says.
        before_patch: Called before a patch is looked at, as if somebody else were first.
        answer_patch: Gives the status of a patch that is done, to break its answer; None
            answers nothing at all.
        pods: Name to colour and readiness.
        asked: Method and path of every request.
    """

    def __init__(self, folder: Path, namespace: str = "shop", service: str = "shop") -> None:
        self.namespace, self.name = namespace, service
        self.follows, self.is_allowed = True, True
        self.before_patch: Callable[[], None] | None = None
        self.answer_patch: Callable[[], int | None] = lambda: 200
        self.status_of_all: int | None = None
        self.pods = {"shop-blue-1": ("blue", True), "shop-green-1": ("green", True)}
        self.asked: list[str] = []
        self._version = 100
        self._lock = threading.Lock()
        self._endpoints: str | None = "blue"
        self.service: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": service, "namespace": namespace, "resourceVersion": "100"},
            "spec": {
                "selector": {"app": service, "colour": "blue"},
                "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}],
            },
        }
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(json.dumps(self._config()))
        self.kubectl = f"kubectl --kubeconfig '{self.kubeconfig}' --cache-dir '{folder}/cache'"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def colour(self) -> str:
        """Whose pods are in the endpoints."""
        if self.follows:
            self._endpoints = self.service["spec"]["selector"].get("colour")
        return self._endpoints or ""

    def apply(self, **selector: str) -> None:
        """Somebody changes the selector behind our back."""
        with self._lock:
            self.service["spec"]["selector"].update(selector)
            self._touch()

    def get(self, path: str, query: Mapping[str, list[str]]) -> tuple[int, Any]:
        found = self._discovery(path)
        if found is not None:
            return 200, found
        base = f"/api/v1/namespaces/{self.namespace}"
        if path == f"{base}/services/{self.name}":
            with self._lock:
                return 200, json.loads(json.dumps(self.service))
        if path == f"{base}/pods":
            return 200, _list("v1", "PodList", self._pods(_labels(query)))
        if path == f"/apis/discovery.k8s.io/v1/namespaces/{self.namespace}/endpointslices":
            return 200, _list("discovery.k8s.io/v1", "EndpointSliceList", [self._slice()])
        return 404, status(404, "NotFound", f'{path.rpartition("/")[2]} "{path}" not found')

    def patch(self, path: str, body: Mapping[str, Any]) -> tuple[int | None, Any]:
        if path != f"/api/v1/namespaces/{self.namespace}/services/{self.name}":
            return 404, status(404, "NotFound", "not found")
        if self.before_patch is not None:
            self.before_patch()
        with self._lock:
            if not self.is_allowed:
                return 403, status(403, "Forbidden", 'services "shop" is forbidden')
            wanted = body.get("metadata", {}).get("resourceVersion")
            if wanted not in (None, self.service["metadata"]["resourceVersion"]):
                what = "the object has been modified; please apply your changes to the latest"
                return 409, status(409, "Conflict", f"Operation cannot be fulfilled: {what}")
            self.service = _merged(self.service, body)
            self._touch()
            return self.answer_patch(), json.loads(json.dumps(self.service))

    def review(self) -> Any:
        """The answer to `auth can-i`, whose question kubectl sends as protobuf."""
        kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
        return {**kind, "spec": {}, "status": {"allowed": self.is_allowed}}

    def _touch(self) -> None:
        self._version += 1
        self.service["metadata"]["resourceVersion"] = str(self._version)

    def _pods(self, labels: Mapping[str, str]) -> list[Any]:
        found = []
        for name, (colour, is_ready) in self.pods.items():
            its = {"app": self.name, "colour": colour}
            if labels.items() <= its.items():
                ready = [{"type": "Ready", "status": "True" if is_ready else "False"}]
                metadata = {"name": name, "namespace": self.namespace, "labels": its}
                found.append({"metadata": metadata, "status": {"conditions": ready}})
        return [{"apiVersion": "v1", "kind": "Pod", **pod} for pod in found]

    def _slice(self) -> Any:
        colour = self.colour
        endpoints = [
            {
                "addresses": ["10.0.0.1"],
                "conditions": {"ready": is_ready},
                "targetRef": {"kind": "Pod", "name": name, "namespace": self.namespace},
            }
            for name, (of, is_ready) in self.pods.items()
            if of == colour
        ]
        return {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": f"{self.name}-x", "namespace": self.namespace},
            "addressType": "IPv4",
            "endpoints": endpoints,
        }

    def _discovery(self, path: str) -> Any:
        if path == "/version":
            return {"major": "1", "minor": "32", "gitVersion": "v1.32.0"}
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            names = [p.split("/")[2] for p in _RESOURCES if p.startswith("/apis/")]
            groups = [_group(name) for name in names]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        if path not in _RESOURCES:
            return None
        version, kinds = _RESOURCES[path]
        verbs = ["get", "list", "patch", "create"]
        resources = [
            {"name": n, "singularName": "", "namespaced": True, "kind": k, "verbs": verbs}
            for n, k, _ in kinds
        ]
        return {"kind": "APIResourceList", "groupVersion": version, "resources": resources}

    def _config(self) -> Any:
        server = f"http://127.0.0.1:{self._server.server_address[1]}"
        context = {"cluster": "c", "user": "u", "namespace": "default"}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": {"token": "planted-token"}}],
            "contexts": [{"name": "production", "context": context}],
        }


def status(code: int, reason: str, message: str) -> Any:
    """The Status that the API server answers where it does not do what it is asked."""
    told = {"status": "Failure", "message": message, "reason": reason, "code": code}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, **told}


def _group(name: str) -> Any:
    version = {"groupVersion": f"{name}/v1", "version": "v1"}
    return {"name": name, "versions": [version], "preferredVersion": version}


def _list(version: str, kind: str, found: list[Any]) -> Any:
    metadata = {"resourceVersion": "1"}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "items": found}


def _labels(query: Mapping[str, list[str]]) -> dict[str, str]:
    text = query.get("labelSelector", [""])[0]
    pairs = (part.partition("=") for part in text.split(",") if part)
    return {key: value for key, _, value in pairs}


def _merged(old: Any, patch: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7386."""
    new = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        elif isinstance(value, dict):
            new[key] = _merged(new.get(key), value)
        else:
            new[key] = value
    return new


def _handler(double: KubeDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._note()
            place = urlsplit(self.path)
            code = double.status_of_all
            if code is not None and "/namespaces/" in place.path:
                self._answer(code, status(code, "ServiceUnavailable", "the server is not well"))
                return
            self._answer(*double.get(place.path, parse_qs(place.query)))

        def do_PATCH(self) -> None:
            self._note()
            assert self.headers["Content-Type"] == "application/merge-patch+json"
            code, body = double.patch(urlsplit(self.path).path, self._body())
            if code is None:
                self.close_connection = True
                return
            broken = status(code, "InternalError", "the answer was lost")
            self._answer(code, body if code == 200 or "status" in body else broken)

        def do_POST(self) -> None:
            self._note()
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(201, double.review())

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

        def _note(self) -> None:
            double.asked.append(f"{self.command} {urlsplit(self.path).path}")

        def _body(self) -> Any:
            return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, code: int | None, body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(code or 500)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
