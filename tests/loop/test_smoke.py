from loop_builders import *


def test_smoke(loop):
    c = loop.consent()
    print(c)
    print(loop.call("GET", f"/v1/consents/{c['id']}").json())
    print(loop.call("GET", f"/v1/consents/{c['id']}", LEGAL).status_code)
    print(loop.call("POST", "/v1/consents/look-up", LEGAL, {"code": c["code"].replace("-", " ").upper()}).json())
    print(
        loop.call("GET", f"/v1/consents/{c['id']}/receipt").text,
        loop.call(
            "GET", f"/v1/consents/{c['id']}/receipt?detail=names", accept="text/html", accept_language="es-MX,en;q=0.5"
        ).text,
    )
    print(
        loop.call("GET", f"/v1/consents/{c['id']}/receipt", accept="application/jwt").text,
        loop.client.get("/v1/keys").json(),
    )
    r = loop.send(packet(c))
    print(r.status_code, r.json())
    r = loop.send(packet())
    print(r.status_code, r.json())
    r = loop.send()
    print(r.status_code, r.json())
    print(loop.move(r.json()["id"], SHELTER, "accepted").text)
    print(loop.seen(r.json()["id"], SENDER).json()["status"], loop.told(SENDER), loop.told(SHELTER))
