"""Jobs that make instances (swr-api.md, 2.9): one host has made its instance before it can be asked, so there are none."""

from typing import Any, Final

from hullscan.api.errors import ApiError
from hullscan.api.swr.operation import Call, Operation

_JOBS: Final = "/v2/{project_id}/jobs"


def _list(call: Call) -> Any:
    call.page(default=100)
    return {"jobs": [], "total": 0}


def _none(call: Call) -> Any:
    raise ApiError(404, "4040083", f"The job {call.segment('job_id')} does not exist")


OPERATIONS: Final = (
    Operation(
        name="ListInstanceJobs",
        method="GET",
        path=_JOBS,
        action="swr:instance:listJobs",
        query=("status", "offset", "limit"),
        handle=_list,
    ),
    Operation(
        name="ShowInstanceJob",
        method="GET",
        path=_JOBS + "/{job_id}",
        action="swr:instance:getJob",
        handle=_none,
    ),
    Operation(
        name="DeleteInstanceJob",
        method="DELETE",
        path=_JOBS + "/{job_id}",
        action="swr:instance:deleteJob",
        handle=_none,
    ),
)
