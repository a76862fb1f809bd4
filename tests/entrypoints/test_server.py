from pathlib import Path

from tests.entrypoints.installation import Builder, Installation, assert_done, built_lamp


def test_smoke(installation: Installation, builder: Builder, tmp_path: Path) -> None:
    claim = builder.claim_of("lamp")
    files = built_lamp(claim, tmp_path)
    for f in files:
        builder.send(claim, f)
    builder.report(claim, outcome="built", files=[f.name for f in files])
    installation.settle(claim["attempt_id"])
    print(installation.client().get(f"/api/v1/builds/{claim['build_id']}").json())
    assert_done(installation.do_jobs())
    r = installation.client().get("/archives/trial/dists/bookworm/InRelease")
    print(r.status_code, r.headers, r.text)
    print(installation.client().get("/api/v1/archives/trial").json())
    assert 0
