"""Read a raw bundle and a raw profile as the guide says, for the oracles; shares nothing with the engine.

Everything here is a plain function of the two dicts, in the order in which contract.md tells it. Three-valued
answers are the words `yes`, `no` and `unknown`. Times are compared as instants (UTC), days in the coalition's zone.
"""

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

URGENCIES = ("now", "today", "this_week", "later")
WEIGHT = {"now": 8, "today": 4, "this_week": 2, "later": 1}
GENDERS = {"female", "male", "transgender_female", "transgender_male", "nonbinary"}
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
OTHER_FORMS = ("until", "count", "bymonthday", "byweekno", "byyearday")
INTERPRETED = ("es", "vi", "zh", "ar", "fr", "tl", "hi", "ko", "de", "ru")
SIGNED = {"ase", "sgn"}
LEVELS = ("cooperation", "coordination", "coalition")
EARTH_RADIUS_KM = 6371.0088
DAY = timedelta(days=1)
ROOT = Path(__file__).parents[2]
TYPES = yaml.safe_load((ROOT / "service/vocabulary/service_types.yaml").read_text("utf-8"))
LAW = {
    part: entry["words"]
    for part, entry in yaml.safe_load((ROOT / "policies/packs/hand-offs.yaml").read_text("utf-8")).items()
}
"""The words of the law of hand-offs, by part of its file: what they mean is read here anew, which they are is not."""
WITH_COMPANIONS = {code for code, entry in TYPES.items() if entry.get("with_companions")}
BY_REPORT = set(LAW["by_report"])
BY_THIRD_PARTY = set(LAW["by_third_party"])
STAYS = {code for code, entry in TYPES.items() if entry.get("stay")}
ROWS = [{code for code, entry in TYPES.items() if entry.get("order") == row} for row in range(1, 7)]
CALLED_BY_CHILDREN = set(LAW["called_by_children"])
SAFE_GUARDIANS = {"safe_parent", "court_safe", "state_conservator"}
NEVER_ASKED_FIRST = {code for code, entry in TYPES.items() if entry.get("never_asked_first")}
FROM_ANYWHERE = {code for code, entry in TYPES.items() if entry.get("from_anywhere")}
PROTECTED_TOPICS = set(LAW["left_to_advocates"])
CERTAIN_REPORT_URGENCY = "today"


def row_of(code):
    """Return the row of the guide's order in which a type stands; all else comes last."""
    return next((place for place, row in enumerate(ROWS) if code in row), len(ROWS))


def most_urgent(urgencies):
    """Return the most urgent of one or more urgencies."""
    return min(urgencies, key=URGENCIES.index)


def instant(text):
    """Return an ISO 8601 time with offset as an instant in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def whole_hours(span):
    """Return a timedelta in whole hours, rounded up, at least 0 and at most 168."""
    return max(0, min(168, math.ceil(span / timedelta(hours=1))))


def duration(text):
    """Return an ISO 8601 duration of weeks, days, hours, minutes and seconds as a timedelta."""
    parts = re.fullmatch(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", text)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def kilometres(start, end):
    """Return the haversine distance in km of two (latitude, longitude) pairs in degrees."""
    (lat1, lon1), (lat2, lon2) = [[math.radians(y) for y in pair] for pair in (start, end)]
    h = math.sin((lat2 - lat1) / 2) ** 2
    h += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(h))


def is_weekly(row):
    """Say whether a schedule row is of the one form that the guide reads."""
    if row.get("freq") != "WEEKLY" or row.get("interval") not in {None, 1}:
        return False
    if any(row.get(name) not in {None, ""} for name in OTHER_FORMS):
        return False
    if not (row.get("byday") and row.get("opens_at") and row.get("closes_at")):
        return False
    return all(day.strip() in WEEKDAYS for day in row["byday"].split(","))


class Case:
    """One bundle and one profile, with every question about a single service or organization answered."""

    def __init__(self, bundle, profile):
        self.bundle, self.profile = bundle, profile
        self.zone = ZoneInfo(bundle["coalition"]["timezone"])
        self.at = instant(profile["at"])
        self.today = self.at.astimezone(self.zone).date()
        self.origin = profile["origin"]
        self.preference = profile.get("prefer") or "balanced"
        self.client = profile.get("client") or {}
        self.facts = profile.get("facts") or {}
        self.completed = set(self.client.get("completed") or [])
        self.avoid = set(profile.get("avoid") or [])
        self.organizations = {org["id"]: org for org in bundle["organizations"]}
        self.services = {}  # service slug -> service
        self.owner = {}  # service slug -> organization slug
        for slug, org in self.organizations.items():
            for service in org.get("services") or []:
                self.services[service["id"]] = service
                self.owner[service["id"]] = slug
        self.areas = {area["code"]: area for area in bundle.get("areas") or []}
        self.needs = self._needs()  # type code -> {"urgency", "required"}
        self.designated_types = {
            code
            for service in self.services.values()
            if service["status"] == "active" and self.referral(service).get("designated")
            for code in self.types(service)
        }
        self.companions = self.client.get("with") or []
        self.reports = {report["type"]: set(report["to"]) for report in profile.get("reports") or []}
        for code in self.reports.keys() & self.needs.keys() if not profile.get("urgency_is_settled") else ():
            urgency = most_urgent([self.needs[code]["urgency"], CERTAIN_REPORT_URGENCY])
            self.needs[code] = {"urgency": urgency, "required": True}
        self.certain = frozenset(self.reports)
        self.is_third_party = self.facts.get("caller") == "third_party"
        if self.is_third_party:
            self.reports = {code: self._takers(code) for code in BY_THIRD_PARTY}
        else:
            self.reports |= {code: self._takers(code) - {self.origin} for code in BY_REPORT - self.certain}
        self.priced_from = self.client.get("area")  # where distances are counted from
        self.now = self  # whose unknowns set what is to confirm costs
        self.by_choice = False  # whether gateways that the client would have to choose count
        self._remembered = {}

    def remember(self, key, work):
        """Return `work()`, worked out once for each key: the dicts never change under a case."""
        if key not in self._remembered:
            self._remembered[key] = work()
        return self._remembered[key]

    def _takers(self, code):
        return {self.owner[slug] for slug, service in self.services.items() if code in self.types(service)}

    # -- the profile ---------------------------------------------------------------------------------------

    def _needs(self):
        own_words = {
            (entry["organization"], entry["term"]): entry["means"]
            for entry in self.bundle.get("vocabulary") or []
            if "term" in entry
        }
        needs = {}
        for need in self.profile["needs"]:
            code = own_words.get((need.get("as_said_by"), need["type"]), need["type"])
            required = need.get("required") is not False
            merged = needs.setdefault(code, {"urgency": need["urgency"], "required": required})
            merged["urgency"] = most_urgent([merged["urgency"], need["urgency"]])
            merged["required"] = merged["required"] or required
        return needs

    def age_range(self):
        """Return the client's (least, greatest) possible age in years; unknown is (0, infinity)."""
        return self.ages_of(self.client)

    def ages_of(self, person):
        """Return the (least, greatest) possible age of the client, or of somebody who comes along."""
        age = person.get("age")
        if age is None:
            return 0, math.inf
        if isinstance(age, dict):
            low, high = age.get("min"), age.get("max")
            return (0 if low is None else low), (math.inf if high is None else high)
        return age, age

    # -- organizations -------------------------------------------------------------------------------------

    def coalition(self, slug):
        """Return the organization's coalition profile, or an empty dict."""
        return self.organizations[slug].get("coalition") or {}

    def kind(self, slug):
        """Return the declared kind of an organization, or None."""
        return self.coalition(slug).get("kind")

    def is_member(self, slug):
        """Say whether an organization is a member, active or not."""
        return self.coalition(slug).get("membership") in {"active", "non_active"}

    def family(self, slug):
        """Return the topmost ancestor of an organization."""
        parent = self.organizations[slug].get("parent")
        return slug if parent is None else self.family(parent)

    def is_avoided(self, slug):
        """Say whether the client refuses this organization, by name or by kind."""
        return slug in self.avoid or self.kind(slug) in self.avoid

    def exposure(self, slug):
        """Return what a hand-off to this organization exposes: protected, disclosed or discoverable."""
        profile = self.coalition(slug)
        regimes = set(profile.get("regimes") or [])
        kind, basis = profile.get("kind"), profile.get("basis")
        if kind == "cac":
            return "discoverable"
        if basis == "systems":
            is_provider = kind in {"health", "mental_health", "sud"} and regimes & {"hipaa", "part2"}
            return "disclosed" if is_provider else "discoverable"
        keeps = {"vawa", "fvpsa", "voca", "ovc_ht", "hipaa", "part2", "rhy_basic", "rhy_tlp"}
        keeps |= {"tx_420", "tx_93", "tx_611", "attorney"}
        return "protected" if basis == "community" and regimes & keeps else "disclosed"

    def is_trafficked(self):
        """Say whether the client is known to be a victim of trafficking."""
        traits = self.client.get("traits") or {}
        return any(traits.get(trait) is True for trait in LAW["trafficked"])

    def is_specialised(self, slug):
        """Say whether an organization is made for victims of trafficking."""
        regimes = self.coalition(slug).get("regimes") or []
        return self.kind(slug) in LAW["specialised_kinds"] or any(
            regime in LAW["specialised_regimes"] for regime in regimes
        )

    # -- services: what they are ---------------------------------------------------------------------------

    def referral(self, service):
        """Return the service's referral profile, or an empty dict."""
        return service.get("referral") or {}

    def types(self, service):
        """Return the type codes that a service offers."""
        return set(self.referral(service).get("types") or [])

    def requires(self, slug):
        """Return the types that must come before this service and are not completed yet; none for a third party."""
        if self.is_third_party:
            return set()
        return set(self.referral(self.services[slug]).get("requires") or []) - self.completed

    def accepts(self, slug):
        """Return the modes that a service takes."""
        return self.referral(self.services[slug]).get("accepts") or ["self", "warm"]

    def may_be_given(self, codes):
        """Say whether the client may be given a number for these types: a young child has a safe adult, or few."""
        young = self.age_range()[1] < 13 and self.facts.get("guardian") not in SAFE_GUARDIANS
        return not young or set(codes) <= CALLED_BY_CHILDREN

    def report_to(self, slug, codes):
        """Say whether these types at a service are what the origin, or a third party, tells it on their own call."""
        owner = self.owner[slug]
        away = owner != self.origin or self.is_third_party
        return bool(codes) and away and all(owner in self.reports.get(code, ()) for code in codes)

    # -- services: how far ---------------------------------------------------------------------------------

    def point_of(self, code):
        """Return the (latitude, longitude) of an area, or of the nearest above it that has one, or None."""
        for above in self.ancestry(code):
            area = self.areas.get(above) or {}
            if area.get("latitude") is not None and area.get("longitude") is not None:
                return area["latitude"], area["longitude"]
        return None

    def kilometres_to(self, slug):
        """Return the distance in km to a service, 0 where the client could be anywhere; None where it could be."""
        point = self.point_of(self.priced_from)
        if self.owner[slug] == self.origin or point is None:
            return 0
        places = self._positions(slug)
        return min((kilometres(point, place) for place in places), default=None)

    def _positions(self, slug):
        org = self.organizations[self.owner[slug]]
        positions = [
            (place["latitude"], place["longitude"])
            for place in org.get("locations") or []
            if place.get("latitude") is not None and place.get("longitude") is not None
        ]
        if positions and not self.coalition(org["id"]).get("address_private"):
            return positions
        areas = {row["name"] for row in self.services[slug].get("service_areas") or []}
        deepest = next((code for code in self.ancestry(self.priced_from) if code in areas), None)
        points = [self.point_of(code) for code in (self.coalition(org["id"]).get("near"), deepest)]
        return [point for point in points if point][:1]

    # -- services: do they take this client ----------------------------------------------------------------

    def age(self, service, person=None):
        """Say whether the service takes the client's age, or that of somebody who comes along."""
        low, high = service.get("minimum_age"), service.get("maximum_age")
        if low is None and high is None:
            return "yes"
        low, high = (0 if low is None else low), (math.inf if high is None else high)
        youngest, oldest = self.age_range() if person is None else self.ages_of(person)
        if low <= youngest and oldest <= high:
            return "yes"
        return "no" if oldest < low or high < youngest else "unknown"

    def gender(self, service, person=None):
        """Say whether the service takes the client's gender, or that of somebody who comes along."""
        genders = self.referral(service).get("genders")
        gender = (self.client if person is None else person).get("gender")
        if genders is None or set(genders) >= GENDERS:
            return "yes"
        if gender is None:
            return "unknown"
        return "yes" if gender in genders else "no"

    def language(self, service):
        """Say whether the service speaks, or has interpreted, any language of the client's."""
        languages = [code.lower() for code in self.client.get("languages") or []]
        if not languages:
            return "yes"
        by_phone = {code.lower() for code in self.bundle["coalition"].get("interpreted") or INTERPRETED} - SIGNED
        if (service.get("interpretation_services") or "").strip() and any(
            want == have or want.startswith(have + "-") for have in by_phone for want in languages
        ):
            return "yes"
        spoken = [row["code"].lower() for row in service.get("languages") or []]
        if not spoken:
            return "yes" if any(code == "en" or code.startswith("en-") for code in languages) else "unknown"
        if any(have == want or want.startswith(have + "-") for have in spoken for want in languages):
            return "yes"
        return "unknown" if any(h.startswith(want + "-") for h in spoken for want in languages) else "no"

    def ancestry(self, code):
        """Return an area and all that contain it."""
        codes = []
        while code is not None and code not in codes:
            codes.append(code)
            code = (self.areas.get(code) or {}).get("within")
        return codes

    def area(self, service):
        """Say whether the service covers the client's area."""
        rows = service.get("service_areas")
        code_of_client = self.client.get("area")
        if not rows:
            return "yes"
        if code_of_client is None:
            return "unknown"
        codes = [row["name"] for row in rows]
        if any(code in self.ancestry(code_of_client) for code in codes):
            return "yes"
        return "unknown" if any(code_of_client in self.ancestry(code) for code in codes) else "no"

    def trait(self, service):
        """Say whether the client has what the service asks for, and nothing that it refuses, as far as is known."""
        traits = self.client.get("traits") or {}
        answers = [traits.get(code) for code in self.referral(service).get("only") or []]
        values = [traits.get(code) for code in self.referral(service).get("not") or []]
        if False in answers or True in values:
            return "no"
        return "unknown" if None in answers else "yes"

    def unknown_exclusions(self, slug):
        """Return the traits that a service refuses and that are not known of the client, sorted."""
        traits = self.client.get("traits") or {}
        return sorted(c for c in self.referral(self.services[slug]).get("not") or [] if traits.get(c) is None)

    def closing_exclusions(self, slug, code):
        """Return those of them that close a service for a type (None: as a gateway), since it must not ask."""
        traits = set(self.unknown_exclusions(slug))
        types = self.types(self.services[slug]) if code is None else {code}
        if len(types) == 1 and types <= NEVER_ASKED_FIRST:
            return traits
        return traits & PROTECTED_TOPICS if self.exposure(self.owner[slug]) == "discoverable" else set()

    def companions_at(self, slug, code):
        """Return whether a service takes all who come along, for a type: yes, confirm, or the set of what closes it."""
        service = self.services[slug]
        unfit = {
            name
            for person in self.companions
            for name in ("age", "gender")
            if getattr(self, name)(service, person) != "yes"
        }
        says = self.referral(service).get("companions")
        if code not in WITH_COMPANIONS or not self.companions:
            return "yes"
        with_adult = self.age_range()[0] < 18 and any(self.ages_of(person)[1] >= 18 for person in self.companions)
        if unfit and says is not True and (says is False or with_adult):
            return unfit
        return "yes" if self.sees_counts(slug) and (not unfit or says is True) else "confirm"

    def sees_counts(self, slug):
        """Say whether the origin may see how many places a service has: of a hidden house, itself and its partners."""
        owner = self.owner[slug]
        owner_terms, origin_terms = self.coalition(owner), self.coalition(self.origin)
        unlisted = owner_terms.get("address_private") or owner_terms.get("kind") in (
            "dv_shelter",
            "trafficking_shelter",
        )
        hidden = (
            owner_terms.get("address_private")
            or owner_terms.get("listed", "coalition" if unlisted else "public") != "public"
        )
        if not hidden or owner == self.origin:
            return True
        between = [
            agreement
            for agreement in self.bundle.get("agreements") or []
            if {owner, self.origin} <= set(agreement["between"])
            and agreement["type"] in ("mou", "team")
            and agreement["status"] == "signed"
            and (agreement.get("effective") or "") <= self.today.isoformat()
            and self.today.isoformat() <= (agreement.get("expires") or "9999")
        ]
        return origin_terms.get("basis") == "community" and bool(between)

    def eligibility(self, service):
        """Return the answer of each of the tests that nothing but knowledge opens, by name."""
        return {name: getattr(self, name)(service) for name in ("age", "area", "gender", "trait")}

    def confirms(self, slug, code):
        """Return what is to confirm at a service for a type (None: as a gateway), as (kind, attribute) pairs.

        Nothing is asked of a third party about a client whom they cannot ask.
        """
        if self.is_third_party:
            return []
        protected_topics = self.coalition(self.origin).get("basis") != "systems"
        entries = [
            ("trait", f"client.traits.{trait}" if protected_topics or trait not in PROTECTED_TOPICS else None)
            for trait in self.unknown_exclusions(slug)
        ]
        if self.language(self.services[slug]) != "yes":
            entries.append(("language", "client.languages"))
        if self.companions_at(slug, code) == "confirm":
            entries.append(("companions", "client.with"))
        return entries

    def confirm_points(self, slug, code, mode):
        """Return (points of traits and companions, points of language) for a type at a service, by the present."""
        now = self.now
        if now.is_third_party:
            return 0, 0
        topics = set(now.unknown_exclusions(slug)) - now.closing_exclusions(slug, code)
        hidden = topics & PROTECTED_TOPICS and now.exposure(now.owner[slug]) == "disclosed"
        question_points = 100 if hidden else 30 if topics or now.companions_at(slug, code) == "confirm" else 0
        foreign = now.language(now.services[slug]) != "yes"
        return question_points, (160 if mode == "self" else 60) if foreign else 0

    def is_usable(self, slug, code):
        """Say whether a service is active, takes this client for a type (None: as a gateway), and is not avoided."""
        return self.remember(("usable", slug, code), lambda: self._is_usable(slug, code))

    def _is_usable(self, slug, code):
        service = self.services[slug]
        if service["status"] != "active" or self.is_avoided(self.owner[slug]):
            return False
        if code is not None and self.report_to(slug, [code]):
            return self.area(service) == "yes"
        if self.is_third_party or (code in BY_REPORT and self.owner[slug] != self.origin):
            return False
        return (
            set(self.eligibility(service).values()) == {"yes"}
            and not self.closing_exclusions(slug, code)
            and self.companions_at(slug, code) in ("yes", "confirm")
        )

    # -- services: when ------------------------------------------------------------------------------------

    def _opening(self, row, day):
        """Return the (start, end) instants of the row's opening that starts on a day, or None."""
        if WEEKDAYS[day.weekday()] not in [code.strip() for code in row["byday"].split(",")]:
            return None
        if row.get("valid_from") and day < date.fromisoformat(row["valid_from"]):
            return None
        if row.get("valid_to") and day > date.fromisoformat(row["valid_to"]):
            return None
        opens = time.fromisoformat(row["opens_at"])
        closes = time(0) if row["closes_at"] == "23:59" else time.fromisoformat(row["closes_at"])
        last = day if closes > opens else day + DAY
        start = datetime.combine(day, opens, tzinfo=self.zone).astimezone(UTC)
        return start, datetime.combine(last, closes, tzinfo=self.zone).astimezone(UTC)

    def _next_start(self, row):
        """Return the instant at which a weekly row next opens after `at`, or None if never."""
        first = self.today
        if row.get("valid_from"):
            first = max(first, date.fromisoformat(row["valid_from"]))
        for ahead in range(8):
            opening = self._opening(row, first + ahead * DAY)
            if opening and opening[0] > self.at:
                return opening[0]
        return None

    def hours(self, slug):
        """Return ("open", None), ("opens_later", instant) or ("unknown", None)."""
        return self.remember(("hours", slug), lambda: self._hours(self.services[slug]))

    def _hours(self, service):
        rows = service.get("schedules") or []
        weekly = [row for row in rows if is_weekly(row)]
        for row in weekly:
            for day in (self.today - DAY, self.today):
                opening = self._opening(row, day)
                if opening and opening[0] <= self.at < opening[1]:
                    return "open", None
        starts = [start for row in weekly if (start := self._next_start(row))]
        if len(weekly) < len(rows) or not starts:
            return "unknown", None
        return "opens_later", min(starts)

    def hours_to_wait(self, slug):
        """Return the whole hours until a service opens; open or unknown is 0."""
        status, opens_at = self.hours(slug)
        return whole_hours(opens_at - self.at) if status == "opens_later" else 0

    def closes_at(self, slug):
        """Return the instant at which a service that is open closes, None if not within seven days, or unknown."""
        rows = self.services[slug].get("schedules") or []
        if self.hours(slug)[0] != "open" or not all(map(is_weekly, rows)):
            return None
        days = [self.today + ahead * DAY for ahead in range(-1, 9)]
        openings = sorted(opening for row in rows for day in days if (opening := self._opening(row, day)))
        end = self.at
        for start, until in openings:
            if start <= end:
                end = max(end, until)
        return end if end - self.at <= timedelta(days=7) else None

    def capacity(self, slug, code):
        """Return available, full, stale or unknown, for the client and all who come along where they count."""
        counts = code in WITH_COMPANIONS and self.sees_counts(slug)
        states, party = set(), 1 + len(self.companions) if counts else 1
        for row in self.services[slug].get("capacities") or []:
            updated = row.get("updated")
            if updated is None or self.at - instant(updated) > DAY:
                states.add("stale")
            elif row.get("available") is None:
                states.add("unknown")
            else:
                enough = party if row.get("unit") == "bed" else 1
                states.add("available" if row["available"] >= enough else "full")
        return next((s for s in ("available", "stale", "unknown", "full") if s in states), "unknown")

    def shut(self, slug, urgency, code):
        """Return the reasons, of closed and full, for which a service is not there for a type at an urgency."""
        return self.remember(("shut", slug, urgency, code), lambda: self._shut(slug, urgency, code))

    def _shut(self, slug, urgency, code):
        status, opens_at = self.hours(slug)
        reasons = set()
        if status == "opens_later":
            in_time = {
                "now": False,
                "today": opens_at.astimezone(self.zone).date() == self.today,
                "this_week": opens_at - self.at <= timedelta(hours=168),
                "later": True,
            }
            if not in_time[urgency]:
                reasons.add("closed")
        if not self.is_third_party and urgency in {"now", "today"} and self.capacity(slug, code) == "full":
            reasons.add("full")
        return reasons
