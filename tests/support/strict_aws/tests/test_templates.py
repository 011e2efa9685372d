"""Launch templates and their versions."""

from __future__ import annotations

from .conftest import IMAGE, Aws, encoded


def test_template_versions_inherit(aws: Aws) -> None:
    template = aws.template(aws.network())
    aws.version(template, "two")
    latest = aws.ec2.describe_launch_template_versions(Versions=["$Latest"])["LaunchTemplateVersions"]
    assert [
        (v["VersionNumber"], v["LaunchTemplateData"]["ImageId"], v["LaunchTemplateData"]["UserData"]) for v in latest
    ] == [(2, IMAGE, encoded("two"))]
    both = aws.ec2.describe_launch_template_versions(Versions=["$Latest", "$Default"])["LaunchTemplateVersions"]
    assert sorted(v["VersionNumber"] for v in both) == [1, 2]
    of_one = aws.ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["1"])[
        "LaunchTemplateVersions"
    ]
    assert of_one[0]["DefaultVersion"]


def test_template_tokens_and_names(aws: Aws) -> None:
    asked = {"LaunchTemplateName": "web", "LaunchTemplateData": {"InstanceType": "t3.micro"}, "ClientToken": "t"}
    first = aws.ec2.create_launch_template(**asked)["LaunchTemplate"]["LaunchTemplateId"]
    assert aws.ec2.create_launch_template(**asked)["LaunchTemplate"]["LaunchTemplateId"] == first
    aws.refused(
        "InvalidLaunchTemplateName.AlreadyExistsException",
        aws.ec2.create_launch_template,
        **{**asked, "ClientToken": "u"},
    )
    version = {"LaunchTemplateId": first, "LaunchTemplateData": {"InstanceType": "t3.small"}, "ClientToken": "v"}
    numbers = [
        aws.ec2.create_launch_template_version(**version)["LaunchTemplateVersion"]["VersionNumber"] for _ in range(2)
    ]
    assert numbers == [2, 2]


def test_templates_are_all_listed(aws: Aws) -> None:
    for number in range(18):
        aws.ec2.create_launch_template(
            LaunchTemplateName=f"lt-{number}", LaunchTemplateData={"InstanceType": "t3.micro"}
        )
    assert len(aws.ec2.describe_launch_templates()["LaunchTemplates"]) == 18
    assert len(aws.ec2.describe_launch_template_versions(Versions=["$Latest"])["LaunchTemplateVersions"]) == 18


def test_user_data_has_a_limit(aws: Aws) -> None:
    data = {"InstanceType": "t3.micro", "UserData": encoded("x" * 16385)}
    aws.refused(
        "InvalidParameterValue", aws.ec2.create_launch_template, LaunchTemplateName="web", LaunchTemplateData=data
    )
    data["UserData"] = "not base64!"
    aws.refused(
        "InvalidUserData.Malformed", aws.ec2.create_launch_template, LaunchTemplateName="web", LaunchTemplateData=data
    )
