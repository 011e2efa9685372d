"""The images of Amazon Linux that a region's public parameters name, and no others.

moto loads some 1,300 images into every account and region before the first answer, which costs more than all else at
the start of a test. `MOTO_EC2_LOAD_DEFAULT_AMIS=false` turns that off, and these take their place.
"""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

from .world import Region

PARAMETERS = "/aws/service/ami-amazon-linux-latest"
#: Amazon's account for its own images.
OWNER = "137112412989"


@cache
def _named(region_name: str) -> dict[str, str]:
    """Image -> its parameter's last part, as moto's Systems Manager has them."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.ssm.models import ssm_backends

    store, named, token = ssm_backends[DEFAULT_ACCOUNT_ID][region_name], {}, None
    while True:
        found, token = store.get_parameters_by_path(PARAMETERS, False, next_token=token)
        named.update({p.value: p.name.rsplit("/", 1)[1] for p in found})
        if not token:
            return named


def seed(region: Region) -> None:
    region.store("images", _load)


def _load(region: Region) -> bool:
    from moto.ec2.models.amis import Ami

    for image_id, name in _named(region.name).items():
        region.ec2.amis[image_id] = _image(Ami, region, image_id, name)
    return True


def _image(kind: Any, region: Region, image_id: str, name: str) -> Any:
    return kind(
        region.ec2,
        image_id,
        name=name,
        description=f"Amazon Linux: {name}",
        owner_id=OWNER,
        owner_alias="amazon",
        public=True,
        virtualization_type="hvm",
        architecture="arm64" if name.endswith("arm64") else "x86_64",
        creation_date=datetime.datetime(2026, 1, 1),
        root_device_type="ebs",
        root_device_name="/dev/xvda",
        hypervisor="xen",
    )
