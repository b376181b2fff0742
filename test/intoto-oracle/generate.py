"""Generates in-toto supply chains and asks the reference implementation about each.

Usage: generate.py SEED COUNT [--small]. Writes one JSON object per line: the layout, the owners' keys, all files with
their names and folders, and what the reference says. `expect` is "same" where Gatehouse must give the same verdict, or
the name of a documented deviation together with the verdict Gatehouse must give instead.
"""

import base64
import copy
import fnmatch
import json
import os
import random
import subprocess
import sys
import tempfile

from in_toto.models.layout import Layout
from in_toto.models.link import Link
from in_toto.models.metadata import Envelope, Metablock, Metadata
from in_toto.verifylib import in_toto_verify
from securesystemslib._gpg.functions import export_pubkey
from securesystemslib.signer import CryptoSigner

SEED, COUNT = int(sys.argv[1]), int(sys.argv[2])
SMALL = "--small" in sys.argv
rng = random.Random(SEED)
GOOD_EXPIRY = "2099-01-01T00:00:00Z"


class Party:
    """A key pair with its in-toto key object."""

    def __init__(self, signer=None, gpg=None, home=None):
        self.signer, self.gpg, self.home = signer, gpg, home
        if signer:
            self.key = {**signer.public_key.to_dict(), "keyid": signer.public_key.keyid}
        else:
            self.key = export_pubkey(gpg, homedir=home)
        self.keyid = self.key["keyid"]

    def sign(self, metadata):
        if self.signer:
            metadata.create_signature(self.signer)
        else:
            metadata.sign_gpg(self.gpg + "!", gpg_home=self.home)  # this key, not its newest subkey


def gpg_parties(home):
    try:
        os.chmod(home, 0o700)
        for uid, algorithm in (("rsa@example.com", "rsa2048"), ("ed@example.com", "ed25519")):
            subprocess.run(["gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", uid, algorithm, "sign", "never"], check=True, capture_output=True)
        listing = subprocess.run(["gpg", "--homedir", home, "--list-keys", "--with-colons"], check=True, capture_output=True, text=True).stdout
        prints = [line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:")]
        subprocess.run(["gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", "", "--quick-add-key", prints[0], "rsa2048", "sign", "never"], check=True, capture_output=True)
        return [Party(gpg=fingerprint.lower(), home=home) for fingerprint in prints]
    except (OSError, subprocess.CalledProcessError):
        return []


HOME = tempfile.mkdtemp(prefix="gh-gpg-")
GPG = gpg_parties(HOME)
PLAIN = [Party(CryptoSigner.generate_ed25519()) for _ in range(6)] + [Party(CryptoSigner.generate_ecdsa()) for _ in range(2)]
PLAIN += [Party(CryptoSigner.generate_rsa()) for _ in range(1 if SMALL else 2)]
POOL = PLAIN + GPG
STRANGER = Party(CryptoSigner.generate_ed25519())


def digest(text):
    return {"sha256": "".join(f"{(ord(c) * 37 + i * 11) % 256:02x}" for i, c in enumerate((text * 40)[:32]))}


def link(name, materials, products, command=("make",)):
    return {"_type": "link", "name": name, "materials": materials, "products": products, "byproducts": {"return-value": 0, "stdout": 'quote " backslash \\ ä €', "stderr": ""}, "command": list(command), "environment": {}}


def wrap(body, parties, dsse=False):
    """Signs a body; returns the file as a dict."""
    model = Layout.read(copy.deepcopy(body)) if body["_type"] == "layout" else Link.read(copy.deepcopy(body))
    metadata = Envelope.from_signable(model) if dsse else Metablock(signed=model)
    for party in parties:
        party.sign(metadata)
    return metadata.to_dict()


class Case:
    def __init__(self):
        self.name = "good"
        self.owners = [rng.choice(PLAIN)]
        self.signers = None
        self.steps, self.inspect, self.keys, self.links, self.files = [], [], {}, [], {}
        self.expires, self.parameters, self.deviation, self.ours = GOOD_EXPIRY, None, None, None
        self.data_only, self.product_dir, self.layout_dict, self.dsse = [], {}, None, False
        self.after = []

    def layout(self):
        return {"_type": "layout", "steps": self.steps, "inspect": self.inspect, "keys": self.keys, "expires": self.expires, "readme": ""}

    def trust(self, party):
        self.keys[party.keyid] = copy.deepcopy(party.key)
        return party.keyid

    def put(self, step, party, body, dsse=None, folder="", signers=None):
        dsse = self.dsse if dsse is None else dsse
        path = os.path.join(folder, f"{step}.{party.keyid[:8]}.link")
        signers = signers or [party]
        self.files[path] = wrap(body, signers, dsse and all(s.signer for s in signers))
        return path


def file_set(count):
    return {name: digest(name + str(rng.random())) for name in rng.sample(["src/main.c", "src/lib.c", "README", "Makefile", "bin/app", "docs/a.md", "a", "b"], count)}


def good_chain(step_count=None, pool=None):
    """Steps that hand their products on, with rules as people write them."""
    case = Case()
    pool = pool or POOL
    before, previous = file_set(rng.randint(1, 3)), None
    for index in range(step_count or rng.randint(1, 3)):
        name = ["fetch", "build", "package"][index]
        made = f"out/{name}.bin"
        after = {**before, made: digest(made + str(rng.random()))}
        if len(before) > 1 and rng.random() < 0.4:
            changed = sorted(before)[0]
            after[changed] = digest("changed" + name)
        if len(before) > 2 and rng.random() < 0.3:
            del after[sorted(before)[-1]]
        materials = [["MATCH", "*", "WITH", "PRODUCTS", "FROM", previous], ["DISALLOW", "*"]] if previous else [["ALLOW", "*"]]
        products = [["REQUIRE", made], ["CREATE", made], ["MODIFY", "*"], ["ALLOW", "*"] if rng.random() < 0.5 else ["MATCH", "*", "WITH", "MATERIALS", "FROM", name], ["DISALLOW", "*"]]
        threshold = rng.choice([1, 1, 2])
        who = rng.sample(pool, max(threshold, rng.choice([1, 2])))
        case.steps.append({"_type": "step", "name": name, "expected_materials": materials, "expected_products": products, "pubkeys": [case.trust(p) for p in who], "expected_command": ["make"], "threshold": threshold})
        used = who if threshold > 1 or rng.random() < 0.5 else who[:1]
        case.links.append([name, used, link(name, before, after)])
        before, previous = after, name
    return case


def write_links(case):
    for name, used, body in case.links:
        for party in used:
            case.put(name, party, body)
    return case


def set_last_product(case):
    return case.links[-1][2]["products"]


# --- mutations: each takes a fresh chain and makes a finished case -------------------------------------------------


def m_good(case):
    return write_links(case)


def m_dsse(case):
    case.dsse = True
    case = write_links(case)
    case.layout_dsse = True
    return case


def m_tamper_link(case):
    write_links(case)
    path = rng.choice(sorted(case.files))
    file = case.files[path]
    if "signed" in file:
        file["signed"]["products"]["evil"] = digest("evil")
    else:
        body = json.loads(base64.b64decode(file["payload"]))
        body["products"]["evil"] = digest("evil")
        file["payload"] = base64.b64encode(json.dumps(body).encode()).decode()
    return case


def m_tamper_signature(case):
    write_links(case)
    path = rng.choice(sorted(case.files))
    signature = case.files[path].get("signatures")[0]
    field = "sig" if "sig" in signature else "signature"
    signature[field] = ("0" if signature[field][0] != "0" else "1") + signature[field][1:]
    return case


def with_gpg(case):
    if GPG:
        party = rng.choice(GPG)
        case.steps[-1]["pubkeys"], case.steps[-1]["threshold"] = [case.trust(party)], 1
        case.links[-1][1] = [party]
    return case


def m_gpg_good(case):
    return write_links(with_gpg(case))


def m_gpg_tampered(case):
    write_links(with_gpg(case))
    for file in case.files.values():
        if "other_headers" in file["signatures"][0]:
            file["signed"]["products"]["evil"] = digest("evil")
    return case


def m_gpg_headers(case):
    """The hashed part of the OpenPGP signature packet is signed along."""
    write_links(with_gpg(case))
    for file in case.files.values():
        for signature in file["signatures"]:
            if "other_headers" in signature:
                headers = signature["other_headers"]
                signature["other_headers"] = headers[:-2] + ("00" if headers[-2:] != "00" else "01")
    return case


def m_drop_link(case):
    write_links(case)
    del case.files[rng.choice(sorted(case.files))]
    return case


def m_stranger(case):
    write_links(case)
    name, used, body = rng.choice(case.links)
    for party in used:
        del case.files[f"{name}.{party.keyid[:8]}.link"]
        case.put(name, party, body, signers=[STRANGER])
    return case


def m_wrong_name_for_key(case):
    """The link of one functionary under the name of the other: counts once."""
    name, body = case.links[0][0], case.links[0][2]
    a, b = rng.sample(PLAIN, 2)
    case.steps[0]["pubkeys"], case.steps[0]["threshold"] = [case.trust(a), case.trust(b)], 2
    case.links[0][1] = []
    write_links(case)
    path = case.put(name, a, body)
    case.files[f"{name}.{b.keyid[:8]}.link"] = copy.deepcopy(case.files[path])
    return case


def m_threshold_disagree(case):
    name, body = case.links[0][0], case.links[0][2]
    a, b = rng.sample(POOL, 2)
    case.steps[0]["pubkeys"], case.steps[0]["threshold"] = [case.trust(a), case.trust(b)], 2
    case.links[0][1] = [a]
    write_links(case)
    other = copy.deepcopy(body)
    other["products"]["README"] = digest("other")
    case.put(name, b, other)
    return case


def beside(case, changed):
    """A further functionary of the last step, who says something else."""
    name, used, body = case.links[-1]
    other = rng.choice([p for p in PLAIN if p.keyid not in case.steps[-1]["pubkeys"]])
    case.steps[-1]["pubkeys"].insert(rng.choice([0, len(case.steps[-1]["pubkeys"])]), case.trust(other))
    write_links(case)
    changed_body = copy.deepcopy(body)
    changed(changed_body)
    case.put(name, other, changed_body)
    return case


NEITHER = "who says something else neither helps nor harms (ADR 0007)"


def m_disagree_threshold_one(case):
    """The reference takes the first link it finds."""
    case.steps[-1]["threshold"] = 1
    case = beside(case, lambda body: body["products"].update(README=digest("other")))
    case.deviation, case.ours = NEITHER, "accepted"
    return case


def m_dissenter(case):
    """Enough functionaries agree, one more does not; the reference demands that all do."""
    a, b = rng.sample(POOL, 2)
    case.steps[-1]["pubkeys"], case.steps[-1]["threshold"] = [case.trust(a), case.trust(b)], 2
    case.links[-1][1] = [a, b]
    case = beside(case, lambda body: body["products"].update({"evil": digest("evil")}))
    case.deviation, case.ours = NEITHER, "accepted"
    return case


def m_nobody_agrees(case):
    """Three say three things, and two must agree."""
    a, b = rng.sample(POOL, 2)
    case.steps[-1]["pubkeys"], case.steps[-1]["threshold"] = [case.trust(a), case.trust(b)], 2
    case.links[-1][1] = [a]
    body = copy.deepcopy(case.links[-1][2])
    case = beside(case, lambda other: other["products"].update(x=digest("x")))
    body["products"]["y"] = digest("y")
    case.put(case.links[-1][0], b, body)
    return case


def m_agreed_on_bad(case):
    """Those who agree did what a rule forbids, and the one who did not is too few."""
    a, b = rng.sample(POOL, 2)
    case.steps[-1]["pubkeys"], case.steps[-1]["threshold"] = [case.trust(a), case.trust(b)], 2
    case.links[-1][1] = [a, b]
    good = copy.deepcopy(case.links[-1][2])
    case.links[-1][2]["products"]["evil"] = digest("evil")
    case.steps[-1]["expected_products"].insert(0, ["DISALLOW", "evil"])
    case.last_products = good["products"]

    def back(body):
        body["products"] = good["products"]
    return beside(case, back)


def m_expired(case):
    case.expires = "2020-01-01T00:00:00Z"
    return write_links(case)


def m_bad_expiry(case):
    case.layout_edit = lambda signed: signed.update(expires=rng.choice(["2099-13-01T00:00:00Z", "2099-01-01", "tomorrow"]))
    return write_links(case)


def m_extra_product(case):
    case.links[-1][2]["products"]["sneaked/in"] = digest("in")
    case.steps[-1]["expected_products"] = [["CREATE", "out/*"], ["MODIFY", "*"], ["MATCH", "*", "WITH", "MATERIALS", "FROM", case.links[-1][0]], ["DISALLOW", "*"]]
    return write_links(case)


def m_changed_between(case):
    if len(case.links) < 2:
        case = good_chain(2)
    materials = dict(case.links[-1][2]["materials"])
    materials[sorted(materials)[0]] = digest("swapped on the way")
    case.links[-1][2]["materials"] = materials
    return write_links(case)


def m_require_consumed(case):
    made = f"out/{case.links[-1][0]}.bin"
    case.steps[-1]["expected_products"] = [["CREATE", made], ["REQUIRE", made]]
    return write_links(case)


def m_require_missing(case):
    case.steps[-1]["expected_products"] = [["REQUIRE", "never/made"]]
    return write_links(case)


def m_two_owners(case):
    case.owners = rng.sample(PLAIN, 2)
    return write_links(case)


def m_owner_missing(case):
    case.owners = rng.sample(PLAIN, 2)
    case.signers = case.owners[:1]
    return write_links(case)


def m_owner_wrong(case):
    case.signers = [STRANGER]
    return write_links(case)


def m_owner_gpg(case):
    if GPG:
        case.owners = [rng.choice(GPG)]
    return write_links(case)


def m_layout_tampered(case):
    write_links(case)
    case.after.append(lambda layout: layout["signed"]["steps"][0].update(threshold=layout["signed"]["steps"][0]["threshold"] + 1))
    return case


def m_layout_key_swapped(case):
    write_links(case)
    party = case.links[0][1][0]
    case.after.append(lambda layout: layout["signed"]["keys"][party.keyid].update(keyval=STRANGER.key["keyval"]))
    return case


def m_unsigned_member(case):
    write_links(case)
    case.after.append(lambda layout: layout["signed"].update(unsigned="member"))
    case.deviation, case.ours = "the raw signed value is canonicalised (2.1)", "refused"
    return case


def m_replayed_link(case):
    """A link for one step under the file name of another (spec 4.4: the name must be the step's)."""
    party = rng.choice(PLAIN)
    names = ["build", "review"]
    body = link("build", {"a": digest("a")}, {"a": digest("a")})
    case = Case()
    case.steps = [{"_type": "step", "name": n, "expected_materials": [], "expected_products": [], "pubkeys": [case.trust(party)], "expected_command": [], "threshold": 1} for n in names]
    case.put("build", party, body)
    case.put("review", party, body)
    case.deviation, case.ours = "the link's name must be the step's (2.2 step 4)", "refused"
    return case


def m_renamed(case):
    write_links(case)
    path = rng.choice(sorted(case.files))
    case.files["copy-of-" + path.replace(".link", ".json")] = case.files.pop(path)
    case.deviation, case.ours = "files are told apart by content, not by name (2.2 step 4)", "accepted"
    return case


def m_no_steps(case):
    case = Case()
    case.product_fallback = True
    case.deviation, case.ours = "a layout has at least one step (security.md A18)", "refused"
    return case


def m_threshold_zero(case):
    case.steps[0]["threshold"] = 0
    case.deviation, case.ours = "a threshold is at least one (security.md A18)", "refused"
    return write_links(case)


def m_threshold_too_high(case):
    case.steps[-1]["threshold"] = 5
    return write_links(case)


def m_same_key_twice(case):
    """One key under two ids in the layout is one functionary."""
    a = PLAIN[0]
    twin = copy.deepcopy(a.key)
    twin["keyid"] = "ab" * 32
    case.steps[0]["pubkeys"], case.steps[0]["threshold"] = [case.trust(a), twin["keyid"]], 2
    case.keys[twin["keyid"]] = twin
    case.links[0][1] = [a]
    write_links(case)
    name, body = case.links[0][0], case.links[0][2]
    file = wrap(body, [a])
    file["signatures"][0]["keyid"] = twin["keyid"]
    case.files[f"{name}.{twin['keyid'][:8]}.link"] = file
    case.deviation, case.ours = "distinct functionaries are counted by key, not by id (1, 2.2)", "refused"
    return case


def m_key_listed_wrongly(case):
    case = Case()
    a = PLAIN[1]
    listed = "cd" * 32
    case.keys[listed] = copy.deepcopy(a.key)
    case.steps = [{"_type": "step", "name": "build", "expected_materials": [], "expected_products": [], "pubkeys": [listed], "expected_command": [], "threshold": 1}]
    case.files[f"build.{listed[:8]}.link"] = wrap(link("build", {}, {"a": digest("a")}), [a])
    case.deviation, case.ours = "a key is listed under its own id (2.1)", "refused"
    return case


def sublayout(case, inner_change=None, signer=None, outer=None):
    """Replaces the last link by a sublayout of two steps."""
    name, _, body = case.links.pop()
    write_links(case)
    owner = rng.choice(PLAIN)
    case.steps[-1]["pubkeys"], case.steps[-1]["threshold"] = [case.trust(owner)], 1
    inner = Case()
    workers = rng.sample(POOL, 2)
    half = {**body["materials"], "half": digest("half")}
    bodies = [link("compile", body["materials"], half), link("join", half, body["products"])]
    for worker, one in zip(workers, bodies):
        inner.steps.append({"_type": "step", "name": one["name"], "expected_materials": [["ALLOW", "*"]], "expected_products": [["ALLOW", "*"]], "pubkeys": [inner.trust(worker)], "expected_command": [], "threshold": 1})
    inner.steps[1]["expected_materials"] = [["MATCH", "*", "WITH", "PRODUCTS", "FROM", "compile"], ["DISALLOW", "*"]]
    folder = f"{name}.{owner.keyid[:8]}"
    for worker, one in zip(workers, bodies):
        inner.put(one["name"], worker, one, folder=folder)
    if inner_change:
        inner_change(inner)
    case.put(name, owner, inner.layout(), signers=[signer or owner])
    case.files.update(inner.files)
    case.last_products = body["products"]
    return case


def m_sub_good(case):
    return sublayout(case)


def m_sub_missing(case):
    return sublayout(case, lambda inner: inner.files.pop(sorted(inner.files)[0]))


def m_sub_expired(case):
    return sublayout(case, lambda inner: setattr(inner, "expires", "2020-01-01T00:00:00Z"))


def m_sub_rule(case):
    return sublayout(case, lambda inner: inner.steps[1]["expected_products"].insert(0, ["DISALLOW", "out/*"]))


def m_sub_stranger(case):
    return sublayout(case, signer=STRANGER)


def m_sub_tampered(case):
    def change(inner):
        path = sorted(inner.files)[0]
        file = inner.files[path]
        file["signed"]["products"]["evil"] = digest("evil")
    return sublayout(case, change)


def m_sub_beside(case):
    """A sublayout that does not hold, beside a link that does."""
    name, used, body = copy.copy(case.links[-1])
    plain = rng.choice(PLAIN)
    case = sublayout(case, lambda inner: setattr(inner, "expires", "2020-01-01T00:00:00Z"))
    if plain.keyid in case.steps[-1]["pubkeys"]:
        return case
    case.steps[-1]["pubkeys"].append(case.trust(plain))
    case.put(name, plain, body)
    case.deviation, case.ours = NEITHER, "accepted"
    return case


def m_gpg_expired(case):
    if not GPG:
        return write_links(case)
    party = rng.choice(GPG)
    key = copy.deepcopy(party.key)
    key["creation_time"], key["validity_period"] = 1500000000, 86400
    case.steps[-1]["pubkeys"], case.steps[-1]["threshold"] = [key["keyid"]], 1
    case.links[-1][1] = [party]
    for step in case.steps[:-1]:
        if key["keyid"] in step["pubkeys"]:
            return write_links(good_chain())
    case.keys[key["keyid"]] = key
    return write_links(case)


def m_gpg_subkey(case):
    with_subkeys = [p for p in GPG if p.key.get("subkeys")]
    if with_subkeys:
        party = with_subkeys[0]
        sub = next(iter(party.key["subkeys"]))
        signer = Party(gpg=sub, home=party.home)
        name, body = case.links[-1][0], case.links[-1][2]
        case.steps[-1]["pubkeys"], case.steps[-1]["threshold"] = [case.trust(party)], rng.choice([1, 2])
        case.links.pop()
        write_links(case)
        case.last_products = body["products"]
        file = wrap(body, [signer])
        case.files[f"{name}.{sub[:8]}.link"] = file
        if case.steps[-1]["threshold"] == 2:
            case.put(name, party, body)
        return case
    return write_links(case)


def m_parameters(case):
    made = f"out/{case.links[-1][0]}.bin"
    case.steps[-1]["expected_products"] = [["REQUIRE", "{FILE}"], ["CREATE", "{DIR}/*"], ["ALLOW", "*"]]
    case.steps[-1]["expected_command"] = ["make", "{FILE}"]
    case.parameters = {"FILE": made if rng.random() < 0.6 else "other", "DIR": "out"}
    return write_links(case)


def m_parameter_missing(case):
    case.steps[-1]["expected_products"] = [["REQUIRE", "{FILE}"]]
    case.parameters = {"DIR": "out"}
    return write_links(case)


def m_parameter_unfilled(case):
    case.steps[-1]["expected_products"] = [["DISALLOW", "{SECRET}"]]
    write_links(case)
    case.deviation, case.ours = "a placeholder without a value refuses (2.2 step 3)", "refused"
    return case


def inspection(case, rules, declared=True):
    name = case.links[-1][0]
    made = f"out/{name}.bin"
    write_links(case)
    case.inspect = [{"_type": "inspection", "name": "look", "expected_materials": [[made if w == "MADE" else name if w == "LAST" else w for w in rule] for rule in rules], "expected_products": [], "run": ["true"]}]
    case.data_only = ["look"] if declared else []
    case.inspected = made
    return case


def m_inspect_good(case):
    return inspection(case, [["MATCH", "product.bin", "WITH", "PRODUCTS", "FROM", "LAST"], ["ALLOW", "product.bin"], ["DISALLOW", "*"]])


def m_inspect_bad(case):
    return inspection(case, [["DISALLOW", "product.bin"]])


def m_inspect_undeclared(case):
    case = inspection(case, [["ALLOW", "*"]], declared=False)
    case.deviation, case.ours = "an inspection that is not declared refuses (2.5)", "refused"
    return case


ALPHABET = ["a", "b", "ab", "a/b", "a/c", "b/a", "dir/a", "dir/b", "[a]", "a]", "^a", "-", "!a", "*", "a\\b", "ä", "dir/sub/a", "z"]
PATTERNS = ["*", "a", "a*", "*a", "?", "[ab]", "[!a]", "[^a]", "[!a]*", "[^a]*", "dir/*", "*/*", "[a-c]*", "[c-a]", "[!c-a]", "[]a]", "[[]a]", "a\\b", "[\\]*", "[a", "**", "?/?", "ä", "[a-", "*]", "[-a]", "[--a]", "a/?", "d*a", "dir", "z", "[!]]*"]


def random_rule(names):
    kind = rng.choice(["CREATE", "DELETE", "MODIFY", "ALLOW", "MATCH", "MATCH", "match", "Allow", "CREATE", "MODIFY", "DISALLOW", "REQUIRE"])
    if kind == "REQUIRE" and rng.random() < 0.5:
        kind = "ALLOW"
    if kind == "REQUIRE":
        return [kind, rng.choice(ALPHABET)]
    pattern = rng.choice(PATTERNS)
    if kind.upper() != "MATCH":
        return [kind, pattern]
    rule = [kind, pattern]
    if rng.random() < 0.3:
        rule += ["IN", rng.choice(["dir", "a", "dir/sub", "dir/"])]
    rule += [rng.choice(["WITH", "with"]), rng.choice(["MATERIALS", "PRODUCTS", "products"])]
    if rng.random() < 0.3:
        rule += ["in", rng.choice(["dir", "a", "dir/sub", "b"])]
    return rule + ["FROM", rng.choice(names + ["nowhere"])]


def random_artifacts(versions):
    artifacts = {}
    for path in rng.sample(ALPHABET, rng.randint(0, 6)):
        artifacts[path] = rng.choice(versions)
        if rng.random() < 0.15:
            artifacts[path] = {**artifacts[path], "sha512": "ab" * 64}
    return artifacts


def m_random_rules(case):
    case = Case()
    names = ["one", "two"]
    party = rng.choice(PLAIN)
    versions = [digest("v1"), digest("v2")]
    for name in names:
        rules = [[random_rule(names) for _ in range(rng.randint(0, 4))] for _ in range(2)]
        for tail in rules:
            if rng.random() < 0.25:
                tail.append(["DISALLOW", rng.choice(PATTERNS)])
        case.steps.append({"_type": "step", "name": name, "expected_materials": rules[0], "expected_products": rules[1], "pubkeys": [case.trust(party)], "expected_command": [], "threshold": 1})
        case.links.append([name, [party], link(name, random_artifacts(versions), random_artifacts(versions))])
    case.links[-1][2]["products"].setdefault("z", digest("v1"))
    return write_links(case)


def m_bad_rule(case):
    bad = rng.choice([["ALLOW"], ["ALLOW", "a", "b"], ["PERMIT", "a"], ["MATCH", "*", "WITH", "PRODUCTS"], ["MATCH", "*", "WITH", "BYPRODUCTS", "FROM", "x"], []])
    case.layout_edit = lambda signed: signed["steps"][0]["expected_materials"].append(bad)
    return write_links(case)


def m_not_a_link(case):
    """A file beside the links that cannot be read; the reference stops at it."""
    write_links(case)
    party = rng.choice([p for p in PLAIN if p.keyid not in case.steps[0]["pubkeys"]])
    case.steps[0]["pubkeys"].append(case.trust(party))
    case.files[f"{case.steps[0]['name']}.{party.keyid[:8]}.link"] = {"signed": {"_type": "cake"}, "signatures": []}
    case.deviation, case.ours = "a file that cannot be read is ignored (2.2 step 4)", "accepted"
    return case


def m_broken_link(case):
    """A link that is needed and cannot be read."""
    name, used = case.links[0][0], case.links[0][1]
    write_links(case)
    for party in used:
        case.files[f"{name}.{party.keyid[:8]}.link"] = {"signed": {"_type": "link", "name": name, "materials": [], "products": {}}, "signatures": []}
    return case


MUTATIONS = [value for key, value in sorted(globals().items()) if key.startswith("m_")]
WEIGHTS = {"m_random_rules": 12, "m_good": 4, "m_dsse": 3, "m_sub_good": 2, "m_tamper_link": 2}


def sign_layout(case):
    body = case.layout()
    edit = getattr(case, "layout_edit", None)
    signers = case.signers or case.owners
    dsse = getattr(case, "layout_dsse", False) and all(s.signer for s in signers)
    if edit is None:
        file = wrap(body, signers, dsse)
    else:
        # The model refuses to be made from what the mutation writes, so the raw value is signed.
        from securesystemslib.formats import encode_canonical
        edit(body)
        data = encode_canonical(body).encode()
        file = {"signed": body, "signatures": [s.signer.sign(data).to_dict() for s in signers]}
    for change in case.after:
        change(file)
    return file


def ask_reference(case, layout):
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as cwd:
        for path, file in case.files.items():
            os.makedirs(os.path.join(place, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(place, path), "w", encoding="utf8") as out:
                json.dump(file, out)
        for path, content in case.product_dir.items():
            with open(os.path.join(cwd, path), "w", encoding="utf8") as out:
                out.write(content)
        with open(os.path.join(place, "root.layout"), "w", encoding="utf8") as out:
            json.dump(layout, out)
        here = os.getcwd()
        os.chdir(cwd)
        try:
            metadata = Metadata.load(os.path.join(place, "root.layout"))
            in_toto_verify(metadata, {o.keyid: copy.deepcopy(o.key) for o in case.owners}, link_dir_path=place, substitution_parameters=case.parameters, persist_inspection_links=False)
            return "accepted", ""
        except Exception as error:  # noqa: BLE001
            return "refused", type(error).__name__
        finally:
            os.chdir(here)


def artifact_of(case):
    products = getattr(case, "last_products", None)
    if products is None:
        bodies = [body for name, _, body in case.links] if case.links else []
        products = bodies[-1]["products"] if bodies else {"a": digest("a")}
    for path in sorted(products):
        return {"path": path, "digest": "sha256:" + products[path]["sha256"]}
    return None


def finish(case, mutation):
    if getattr(case, "inspected", None):
        import hashlib
        content = "final product"
        sha = hashlib.sha256(content.encode()).hexdigest()
        # The product the inspection sees is the one the last step recorded, under its name in the directory.
        case.product_dir = {"product.bin": content}
        case.links[-1][2]["products"]["product.bin"] = {"sha256": sha}
        case.files = {}
        for rule_step in case.steps[-1:]:
            rule_step["expected_products"] = [["ALLOW", "*"]]
        write_links(case)
        artifacts = [{"path": "product.bin", "digest": "sha256:" + sha}]
    else:
        artifacts = [artifact_of(case)]
    layout = sign_layout(case)
    verdict, error = ask_reference(case, layout)
    return {
        "case": mutation.__name__[2:], "layout": layout, "owners": [o.key for o in case.owners],
        "files": [{"name": os.path.basename(p), "place": os.path.dirname(p), "content": f} for p, f in sorted(case.files.items())],
        "parameters": case.parameters, "artifacts": artifacts, "dataOnly": case.data_only,
        "reference": verdict, "error": error,
        "deviation": case.deviation, "ours": case.ours or verdict,
    }


def main():
    plan = list(MUTATIONS) if SMALL else [m for m in MUTATIONS for _ in range(WEIGHTS.get(m.__name__, 1))]
    for index in range(COUNT):
        mutation = plan[index % len(plan)]
        small = PLAIN[:8] if SMALL else None
        case = mutation(good_chain(2 if SMALL else None, small))
        print(json.dumps(finish(case, mutation), ensure_ascii=True))
    print(json.dumps({"patterns": pattern_cases(500 if SMALL else 5000), "gpg": len(GPG)}))


def pattern_cases(count):
    characters = "ab-]![^*?/\\z"
    rows = []
    for _ in range(count):
        pattern = "".join(rng.choice(characters) for _ in range(rng.randint(0, 8)))
        path = "".join(rng.choice("ab-]![^*/\\z\n") for _ in range(rng.randint(0, 6)))
        rows.append([pattern, path, fnmatch.fnmatchcase(path, pattern)])
    return rows


try:
    main()
finally:
    subprocess.run(["gpgconf", "--homedir", HOME, "--kill", "all"], check=False, capture_output=True)
    subprocess.run(["rm", "-rf", HOME], check=False)
