"""Every page in both languages: pictures at two sizes, no wider than the window, no word in the wrong language, nothing axe objects to,
no script error, nothing asked of another host.

The pages come from the URL map: a new one fails here until it stands in ``PAGES`` or, with the reason, in ``NO_PAGE``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PHONE, WIDE, Browse, confirm, keep, width_of
from tests.browser.town import Town
from tests.browser.words import chinese_in_english, untranslated
from tests.browser.work import fill, open_matter, raise_matter, send, subscribe, take
from tests.test_every_url import ALL


@dataclass
class Things:
    """What the addresses name."""

    town: Town
    number: str
    """A matter that lies with the community's station."""
    code: str
    subscription: str
    """A department's system that is told of matters."""
    message: str
    """A test sent to it."""
    merged: str
    """A second matter, merged into the first."""

    @property
    def closed(self) -> str:
        """A public matter that has been answered and closed."""
        return self.town.one(
            """select m.number from matters_matter m join flow_flow f on f.id = m.flow_id
               where m.is_public and m.answer <> '' and f."end" = 'closed' and m.rating = 'satisfied' order by m.number limit 1"""
        )

    @property
    def open(self) -> str:
        """A public matter under way."""
        return self.town.one(
            """select m.number from matters_matter m join flow_flow f on f.id = m.flow_id
               where m.is_public and f."end" = '' order by m.number limit 1"""
        )

    @property
    def to_ring(self) -> str:
        """A matter that the caller is to ring up about."""
        return self.town.one(
            """select f.subject_ref from flow_flow f join bodies_holding h on h.seat_id = f.owner_id and h.until is null
               join access_user u on u.id = h.user_id where f.step = 'callback' and u.username = 'caller' order by f.due_at limit 1"""
        )

    @property
    def supervised(self) -> tuple[str, int]:
        """A matter that was supervised, and by which line of its history."""
        return self.town.rows(
            """select f.subject_ref, p.seq from matters_pressing p join flow_flow f on f.id = p.flow_id
               where p.kind = 'supervise' order by p.answered_seq is null, p.id desc limit 1"""
        )[0]

    @property
    def recurring(self) -> str:
        """One of those that keep coming at a place."""
        return self.town.one(
            """select m.number from matters_course c join matters_matter m on m.flow_id = c.flow_id where c.recurs
               order by c.raised_at desc limit 1"""
        )

    @property
    def month(self) -> str:
        """The month of the newest notice."""
        return self.town.one("select to_char(max(month), 'YYYY-MM') from matters_notice")

    @property
    def open_near(self) -> str:
        """A matter under way that the intake desk of the matter's street sees."""
        return self.town.one(
            """select m.number from matters_matter m join flow_flow f on f.id = m.flow_id join places_place p on p.code = %s
               where f."end" = '' and f.procedure = 'matter' and m.path <@ p.path order by m.number desc limit 1""",
            self.town.street_code,
        )

    @property
    def dispute(self) -> str:
        """A dispute in which the mediator's people came to an agreement."""
        return self.town.one(
            """select m.number from matters_agreement a join matters_matter m on m.id = a.matter_id join access_user u on u.id = a.by_id
               where u.username = 'mediator' order by m.number limit 1"""
        )

    @property
    def new_dispute(self) -> str:
        """A dispute that the mediator's people are still to settle: nobody is bound yet."""
        return self.town.one(
            """select m.number from matters_matter m join flow_flow f on f.id = m.flow_id join bodies_seat s on s.id = f.owner_id
               join bodies_holding h on h.seat_id = s.acting_id join access_user u on u.id = h.user_id
               where f.procedure = 'mediation' and f.step in ('consent', 'mediate') and u.username = 'mediator' order by m.number limit 1"""
        )

    @property
    def handover(self) -> str:
        """The receipt of a handover."""
        [(number, seq)] = self.town.rows(
            """select m.number, e.seq from flow_event e join matters_matter m on m.flow_id = e.flow_id
               where e.kind = 'handover_asked' order by m.number limit 1"""
        )
        return f"/matters/{number}/dispute/handover/{seq}/"

    @property
    def _area(self) -> str:
        return f"path <@ (select path from places_place where id = {self.town.grid_id})"

    @property
    def building(self) -> int:
        """One with a unit in it."""
        return self.town.register(f"select place_id from people_unit where {self._area} order by id limit 1")

    @property
    def unit(self) -> int:
        return self.town.register(f"select id from people_unit where {self._area} order by id limit 1")

    @property
    def child(self) -> int:
        return self.town.register(f"select child_id from people_custody where {self._area} order by id limit 1")

    @property
    def household(self) -> int:
        """One with a child in it."""
        return self.town.register(f"select household_id from people_residence where person_id = {self.child} and until is null")

    @property
    def dwelling(self) -> int:
        return self.town.register(f"select dwelling_id from people_household where id = {self.household}")

    @property
    def resident(self) -> int:
        """A visited grown-up."""
        return self.town.register(
            f"select person_id from people_membership where {self._area} and \"group\" = 'elderly-alone' order by id limit 1"
        )

    @property
    def visit(self) -> int:
        return self.town.register(
            f"select id from people_membership where {self._area} and \"group\" = 'elderly-alone' order by id limit 1"
        )

    @property
    def entry(self) -> int:
        return self.town.register(f"select id from people_change where household_id = {self.household} order by id limit 1")

    @property
    def surname(self) -> str:
        """What is looked for in an address that finds somebody of the community: the keyed digest of a name."""
        found = self.town.register(f"select tokens[1] from people_person where {self._area} and born < '1980-01-01' order by id limit 1")
        return f"{found & (1 << 64) - 1:016x}"

    @property
    def checker(self) -> int:
        return self.town.seat("community-checker", self.town.code)

    @property
    def held(self) -> int:
        return self.town.holding("check", "community-checker")

    @property
    def person(self) -> int:
        return self.town.one("select id from access_user where username = 'check'")

    @property
    def divided(self) -> tuple[str, str]:
        """A community with an alternative to its grids, and that."""
        return self.town.rows(
            "select p.code, a.uid::text from planning_alternative a join places_place p on p.id = a.place_id where a.state = 'kept' order by a.id limit 1"
        )[0]

    def study(self, kind: str) -> str:
        """A finished study of the demonstration."""
        return self.town.rows("select uid::text from planning_study where state = 'done' and kind = %s order by id limit 1", kind)[0][0]

    def gathering(self, state: str) -> int:
        """A gathering of the community's station, to be held or held with its minutes."""
        return self.town.one(
            """select g.id from gatherings_gathering g join bodies_seat s on s.id = g.seat_id join places_place p on p.id = g.place_id
               where s.post = 'station-head' and p.code = %s and g.kind = 'work-meeting' and g.state = %s
                 and (g.state = 'held') = (g.written_at is not null) and (g.state = 'held') = (g.ends_at < now()) order by g.id limit 1""",
            self.town.code,
            state,
        )

    @property
    def box(self) -> int:
        """An opinion box of the community."""
        return self.town.one(
            "select id from matters_box where path <@ (select path from places_place where code = %s) limit 1", self.town.code
        )

    @property
    def round(self) -> str:
        """A round of it with a slip more in it than is entered."""
        return self.town.rows(
            """update matters_round set slips = slips + 1, completed_at = null where id = (
                 select id from matters_round where box_id = %s and opened_at is not null order by due_on desc nulls last limit 1) returning uid""",
            self.box,
        )[0][0]

    @property
    def key(self) -> int:
        """A key of the station head's."""
        return self.town.rows(
            """insert into access_apikey (kind, name, prefix, digest, holding_id, abilities, place_id, path, made_by_id, made_at, expires_at)
               select 'staff', '台账对接', 'lk' || substr(md5(random()::text), 1, 10), 'none', h.id, '{matter.see}', s.place_id, s.path, h.user_id,
                 now(), now() + interval '30 days'
               from bodies_holding h join bodies_seat s on s.id = h.seat_id join access_user u on u.id = h.user_id
               where u.username = 'station' and s.post = 'station-head' and h.until is null returning id"""
        )[0][0]


At = str | Callable[[Things], str]
PAGES: dict[str, tuple[str, At]] = {
    # anybody's
    "web:home": ("", "/"),
    "web:help": ("", "/help/"),
    "web:guide": ("", "/help/resident/"),
    "web:privacy": ("", "/privacy/"),
    "api:docs": ("", "/api/v1/docs/"),
    "matters:report": ("", "/report/"),
    "matters:kinds": ("", "/report/kinds/"),
    "matters:raised": ("", lambda t: f"/report/done/{t.code}/"),
    "matters:slip": ("", lambda t: f"/report/done/{t.code}/slip/"),
    "matters:follow": ("", "/follow/"),
    "matters:follow_code": ("", lambda t: f"/f/{t.code}/"),
    "matters:public": ("", lambda t: f"/m/{t.closed}/"),
    "matters:watch": ("", lambda t: f"/m/{t.open}/watch/"),
    "matters:area": ("", lambda t: f"/area/{t.town.code}/"),
    "matters:lines": ("", "/lines/"),
    "matters:report line": ("", lambda t: f"/report/?line=secretary&place={t.town.code}"),
    "account_login": ("", "/accounts/login/"),
    "account_inactive": ("", "/accounts/closed/"),
    "missing": ("", "/nothing/here/"),
    # the desk
    "web:desk": ("station", "/desk/"),
    "web:styleguide": ("station", "/styleguide/"),
    "flow:inbox": ("grid", "/tasks/"),
    "flow:waits": ("street", "/tasks/waits/"),
    "flow:sent": ("desk", "/tasks/sent/"),
    "flow:ledger": ("district", "/tasks/ledger/"),
    "flow:heads": ("audit", "/tasks/heads/"),
    "matters:list": ("desk", "/matters/"),
    "matters:new": ("desk", "/matters/new/"),
    "matters:calls": ("street", "/matters/calls/"),
    "matters:calls phone": ("street", "/matters/calls/?phone=1"),
    "matters:call": ("caller", lambda t: f"/matters/{t.to_ring}/call/"),
    "matters:pressings": ("street", "/matters/pressed/"),
    "matters:supervision": ("district", lambda t: f"/matters/{t.supervised[0]}/supervision/{t.supervised[1]}/"),
    "matters:recurring": ("district", "/matters/recurring/"),
    "matters:root": ("district", lambda t: f"/matters/{t.recurring}/root-cause/"),
    "matters:notices": ("district", "/matters/notices/"),
    "matters:notice": ("district", lambda t: f"/matters/notices/150204000000/{t.month}/"),
    "matters:lines_desk": ("party", "/matters/lines/"),
    "matters:boxes": ("street", "/boxes/"),
    "matters:box_new": ("station", "/boxes/new/"),
    "matters:box": ("station", lambda t: f"/boxes/{t.box}/"),
    "matters:box_change": ("station", lambda t: f"/boxes/{t.box}/change/"),
    "matters:box_retire": ("station", lambda t: f"/boxes/{t.box}/retire/"),
    "matters:box_notice": ("station", lambda t: f"/boxes/{t.box}/notice/"),
    "matters:boxes_due": ("station", "/boxes/due/"),
    "matters:box_open": ("station", lambda t: f"/boxes/{t.box}/open/?phone=1"),
    "matters:box_open desk": ("station", lambda t: f"/boxes/{t.box}/open/"),
    "matters:box_round": ("station", lambda t: f"/boxes/rounds/{t.round}/"),
    "matters:box_slip": ("station", lambda t: f"/boxes/rounds/{t.round}/slip/?phone=1"),
    "matters:disputes": ("desk", "/matters/disputes/"),
    "matters:detail dispute": ("mediator", lambda t: f"/matters/{t.dispute}/"),
    "matters:dispute_print": ("mediator", lambda t: f"/matters/{t.dispute}/dispute/print/agreement/"),
    "matters:dispute_print application": ("mediator", lambda t: f"/matters/{t.dispute}/dispute/print/application/"),
    "matters:dispute_print cover": ("mediator", lambda t: f"/matters/{t.dispute}/dispute/print/cover/"),
    "matters:dispute_receipt": ("district", lambda t: t.handover),
    "matters:dispute_enter party": ("mediator", lambda t: f"/matters/{t.new_dispute}/dispute/party/"),
    "matters:hotline": ("desk", "/matters/hotline/"),
    "matters:hotline_import": ("desk", "/matters/hotline/import/"),
    "matters:detail": ("station", lambda t: f"/matters/{t.number}/"),
    "matters:act": ("station", lambda t: f"/matters/{t.number}/act/join/"),
    "matters:erase": ("desk", lambda t: f"/matters/{t.number}/contact/erase/"),
    "matters:act correct": ("desk", lambda t: f"/matters/{t.number}/act/correct/"),
    "matters:act suspend": ("station", lambda t: f"/matters/{t.number}/act/suspend/"),
    "matters:act reassign": ("street", lambda t: f"/matters/{t.number}/act/reassign/"),
    "matters:act voice": ("desk", lambda t: f"/matters/{t.number}/act/voice/"),
    "matters:act attach": ("station", lambda t: f"/matters/{t.number}/act/attach/"),
    "matters:act merge": ("desk", lambda t: f"/matters/{t.number}/act/merge/?q=%E5%9E%83%E5%9C%BE"),
    "matters:act compare": ("desk", lambda t: f"/matters/{t.number}/act/merge/?other={t.open_near}"),
    "matters:act split": ("desk", lambda t: f"/matters/{t.number}/act/split/"),
    "matters:act link": ("desk", lambda t: f"/matters/{t.number}/act/link/"),
    "matters:act transfer": ("desk", lambda t: f"/matters/{t.number}/act/transfer/"),
    "matters:act outside": ("desk", lambda t: f"/matters/{t.number}/act/outside/"),
    "matters:detail merged": ("desk", lambda t: f"/matters/{t.merged}/"),
    "matters:detail main": ("desk", lambda t: f"/matters/{t.number}/"),
    "matters:public merged": ("", lambda t: f"/m/{t.merged}/"),
    # dividing communities into grids
    "planning:home": ("street", "/plan/grids/"),
    "planning:community": ("street", lambda t: f"/plan/grids/{t.divided[0]}/"),
    "planning:search": ("street", lambda t: f"/plan/grids/{t.divided[0]}/search/"),
    "planning:material": ("street", lambda t: f"/plan/grids/{t.divided[0]}/material/"),
    "planning:alternative": ("street", lambda t: f"/plan/divisions/{t.divided[1]}/"),
    "planning:propose": ("street", lambda t: f"/plan/divisions/{t.divided[1]}/propose/"),
    "planning:studies": ("street", "/plan/studies/"),
    "planning:study_new": ("street", lambda t: f"/plan/studies/new/circles/?place={t.divided[0]}"),
    "planning:study": ("street", lambda t: f"/plan/studies/{t.study('circles')}/"),
    "planning:study_new sites": ("street", lambda t: f"/plan/studies/new/sites/?place={t.divided[0]}"),
    "planning:study sites": ("street", lambda t: f"/plan/studies/{t.study('sites')}/"),
    "planning:study_new villages": ("district", "/plan/studies/new/villages/"),
    "planning:study villages": ("district", lambda t: f"/plan/studies/{t.study('villages')}/"),
    "planning:study_new tours": ("street", lambda t: f"/plan/studies/new/tours/?place={t.divided[0]}"),
    "planning:study tours": ("street", lambda t: f"/plan/studies/{t.study('tours')}/"),
    "planning:study_new staff": ("street", "/plan/studies/new/staff/"),
    "planning:study staff": ("street", lambda t: f"/plan/studies/{t.study('staff')}/"),
    "planning:study_print staff": ("street", lambda t: f"/plan/studies/{t.study('staff')}/print/"),
    "planning:study_new indicators": ("district", "/plan/studies/new/indicators/"),
    "planning:study indicators": ("district", lambda t: f"/plan/studies/{t.study('indicators')}/"),
    "planning:study_print": ("street", lambda t: f"/plan/studies/{t.study('circles')}/print/"),
    "planning:print": ("street", lambda t: f"/plan/divisions/{t.divided[1]}/print/"),
    # meetings and activities
    "gatherings:list": ("station", "/gatherings/"),
    "gatherings:calendar": ("station", "/gatherings/calendar/"),
    "gatherings:new": ("station", "/gatherings/new/"),
    "gatherings:new plan": ("station", lambda t: f"/gatherings/new/?kind=joint-meeting&place={t.town.code}"),
    "gatherings:detail": ("station", lambda t: f"/gatherings/{t.gathering('held')}/"),
    "gatherings:detail planned": ("station", lambda t: f"/gatherings/{t.gathering('planned')}/"),
    "gatherings:change": ("station", lambda t: f"/gatherings/{t.gathering('planned')}/change/"),
    "gatherings:call_off": ("station", lambda t: f"/gatherings/{t.gathering('planned')}/off/"),
    "gatherings:hold": ("station", lambda t: f"/gatherings/{t.gathering('planned')}/hold/"),
    "gatherings:recount": ("station", lambda t: f"/gatherings/{t.gathering('held')}/recount/"),
    "gatherings:minutes": ("station", lambda t: f"/gatherings/{t.gathering('held')}/minutes/"),
    "gatherings:papers": ("station", lambda t: f"/gatherings/{t.gathering('held')}/papers/"),
    "gatherings:print": ("station", lambda t: f"/gatherings/{t.gathering('held')}/minutes/print/"),
    "gatherings:sheet": ("station", lambda t: f"/gatherings/{t.gathering('planned')}/sheet/"),
    "gatherings:public": ("", lambda t: f"/meet/{t.town.code}/"),
    # residents
    "people:home": ("station", "/people/"),
    "people:imports": ("station", "/people/import/"),
    "people:duplicates": ("station", "/people/duplicates/"),
    "people:found": ("station", lambda t: f"/people/found/?k=n&t={t.surname}&near={t.town.code}"),
    "people:book": ("station", "/people/book/"),
    "people:print": ("station", lambda t: f"/people/book/{t.town.grid_id}/print/"),
    "people:place": ("station", lambda t: f"/people/places/{t.building}/"),
    "people:place grid": ("grid", lambda t: f"/people/places/{t.town.grid_id}/"),
    "people:dwelling": ("station", lambda t: f"/people/dwellings/{t.dwelling}/?all=1"),
    "people:household_new": ("station", lambda t: f"/people/dwellings/{t.dwelling}/new/"),
    "people:household": ("grid", lambda t: f"/people/households/{t.household}/"),
    "people:household phone": ("grid", lambda t: f"/people/households/{t.household}/?phone=1"),
    "people:book phone": ("grid", "/people/book/?phone=1"),
    "people:add": ("grid", lambda t: f"/people/households/{t.household}/add/"),
    "people:birth": ("station", lambda t: f"/people/households/{t.household}/birth/"),
    "people:move": ("grid", lambda t: f"/people/households/{t.household}/move/"),
    "people:death": ("station", lambda t: f"/people/households/{t.household}/death/"),
    "people:person": ("grid", lambda t: f"/people/{t.resident}/"),
    "people:hand_out": ("station", lambda t: f"/people/{t.resident}/handout/"),
    "people:takeouts": ("station", "/people/takeouts/"),
    "own:home": ("", "/my/"),
    "rights:ask": ("", "/my/ask/"),
    "rights:withdraw": ("", "/my/ask/nobodys/withdraw/"),
    "rights:requests": ("station", "/people/requests/"),
    "own:open": ("", "/my/open/nobodys/"),
    "people:person child": ("station", lambda t: f"/people/{t.child}/"),
    "people:correct": ("station", lambda t: f"/people/{t.resident}/correct/"),
    "people:residence": ("station", lambda t: f"/people/{t.resident}/residence/"),
    "people:custodian": ("station", lambda t: f"/people/{t.child}/custodian/"),
    "people:group_join": ("grid", lambda t: f"/people/{t.resident}/groups/"),
    "people:group_end": ("station", lambda t: f"/people/groups/{t.visit}/end/"),
    "people:undo": ("station", lambda t: f"/people/changes/{t.entry}/undo/"),
    "people:unit_new": ("station", lambda t: f"/people/places/{t.building}/unit/"),
    "people:unit_end": ("station", lambda t: f"/people/units/{t.unit}/end/"),
    # how an area stands
    "reports:area": ("district", "/situation/150204000000/"),
    "reports:area community": ("station", lambda t: f"/situation/{t.town.code}/?period=quarter&colour=on_time"),
    "reports:disputes": ("street", lambda t: f"/situation/{t.town.street_code}/disputes/"),
    "reports:issues": ("street", lambda t: f"/situation/{t.town.street_code}/issues/"),
    # places, posts, charter, logs
    "places:home": ("station", "/places/"),
    "places:map": ("station", lambda t: f"/places/map/?within={t.town.code}"),
    "places:import": ("district", "/places/import/"),
    "places:place": ("station", lambda t: f"/places/{t.town.grid_id}/"),
    "places:place phone": ("grid", lambda t: f"/places/{t.town.grid_id}/?phone=1"),
    "places:change": ("station", lambda t: f"/places/{t.town.grid_id}/change/"),
    "places:end": ("station", lambda t: f"/places/{t.town.grid_id}/end/"),
    "places:draw_grid": ("station", lambda t: f"/places/{t.town.community_id}/grid/"),
    "places:add_building": ("station", lambda t: f"/places/{t.town.grid_id}/building/"),
    "bodies:home": ("station", "/posts/"),
    "bodies:grids": ("station", "/posts/grids/"),
    "bodies:seat": ("station", lambda t: f"/posts/{t.checker}/"),
    "bodies:appoint": ("station", lambda t: f"/posts/{t.checker}/appoint/"),
    "bodies:new_person": ("station", lambda t: f"/posts/{t.checker}/new/"),
    "bodies:release": ("station", lambda t: f"/posts/held/{t.held}/release/"),
    "bodies:hand_over": ("station", lambda t: f"/posts/held/{t.held}/hand-over/"),
    "bodies:person": ("station", lambda t: f"/posts/people/{t.person}/"),
    "bodies:person_act": ("station", lambda t: f"/posts/people/{t.person}/close/"),
    "charter:home": ("station", "/charter/"),
    "charter:explain": ("station", "/charter/account/"),
    "charter:procedure": ("station", "/charter/procedures/matter/"),
    "access:looks": ("audit", "/logs/looks/"),
    "access:impact": ("audit", "/logs/impact/"),
    # messages to the outside
    "outbox:messages": ("district", "/outbox/"),
    "outbox:message": ("district", lambda t: f"/outbox/{t.message}/"),
    "outbox:subscriptions": ("district", "/outbox/subscriptions/"),
    "outbox:subscribe": ("district", "/outbox/subscriptions/new/"),
    "outbox:subscription": ("district", lambda t: f"/outbox/subscriptions/{t.subscription}/"),
    "outbox:edit": ("district", lambda t: f"/outbox/subscriptions/{t.subscription}/edit/"),
    "outbox:remove": ("district", lambda t: f"/outbox/subscriptions/{t.subscription}/remove/"),
    "outbox:rotate": ("district", lambda t: f"/outbox/subscriptions/{t.subscription}/rotate/"),
    "access:keys": ("district", "/accounts/keys/"),
    "access:key_new": ("district", "/accounts/keys/new/"),
    "access:key_revoke": ("station", lambda t: f"/accounts/keys/{t.key}/revoke/"),
    # one's own account
    "account_logout": ("station", "/accounts/logout/"),
    "account_change_password": ("station", "/accounts/password/"),
    "account_reauthenticate": ("station", "/accounts/again/?next=/desk/"),
    "mfa_index": ("station", "/accounts/2fa/"),
    "mfa_activate_totp": ("station", "/accounts/2fa/app/"),
    "usersessions_list": ("station", "/accounts/sessions/"),
    # the field
    "matters:phone_today": ("grid", "/phone/today/"),
    "matters:phone_report": ("grid", "/phone/report/"),
    "matters:detail phone": ("station", lambda t: f"/matters/{t.number}/?phone=1"),
    "web:phone_grid": ("grid", "/phone/grid/"),
    "web:phone_me": ("grid", "/phone/me/"),
}
FILES = ("api:get_export_file", "api:get_paper")
NO_PAGE = {
    "leads on to another page": ["web:phone", "flow:show", "reports:home", "planning:from_present"],
    "only takes what a form of another page sends": [
        "web:elder", "web:language", "matters:follow_word", "matters:follow_rate", "matters:follow_withdraw", "matters:follow_reopen",
        "matters:unwatch", "matters:step", "matters:reveal", "matters:show", "frame:view_save", "frame:view_rename", "frame:view_drop", "frame:job_cancel",
        "matters:hotline_answers", "matters:dispute_reveal", "matters:dispute_remove", "matters:dispute_perform",
        "outbox:bulk", "outbox:retry", "outbox:give_up", "outbox:pause", "outbox:test",
        "people:unmask", "own:end", "people:takeout_sheet", "people:takeout_withdraw", "planning:move", "planning:undo", "planning:again", "planning:drop",
        "planning:study_again", "planning:study_drop", "planning:withdraw",
    ],
    "a piece of a page, or an answer to a program": [
        "matters:propose", "matters:desk_propose", "matters:here", "places:locate", "places:shapes", "planning:shapes", "planning:study_shapes",
        "frame:healthz", "frame:readyz",
        "open311:discovery", "open311:services", "open311:definition", "open311:requests", "open311:request", "open311:token",
        *(a.name for a in ALL if a.name.startswith("api:") and a.name not in ("api:docs", *FILES)),
    ],
    "a file": [
        "access:impact_pdf", "own:copy_json", "own:copy_pdf",
        "matters:follow_file", "matters:public_attachment", "matters:attachment", "places:export", "frame:job_result",
        *FILES, "matters:box_photo", "mfa_download_recovery_codes",
        "gatherings:paper", "gatherings:ics", "people:import_sheet", "planning:geojson", "planning:sheet", "planning:pdf",
        "planning:study_geojson", "planning:study_sheet", "planning:study_pdf", "planning:study_example",
    ],
    "only in the middle of something that has a test of its own": [
        "matters:watching", "planning:decide", "places:import_check", "matters:hotline_check", "frame:job", "people:import", "people:pair", "people:takeout",
        "rights:request", "frame:once",
        "mfa_authenticate",
        "mfa_reauthenticate", "mfa_deactivate_totp", "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
    ],
}  # fmt: skip
# as strict as WCAG 2.2 AA and axe's own best practice
AXE = """() => axe.run(document, {resultTypes: ["violations"], runOnly: {type: "tag",
  values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})
  .then((r) => r.violations.map((v) => `${v.impact} ${v.id}: ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 160)).slice(0, 3).join(" | ")}`))"""


def test_every_address_is_a_page_here_or_says_why_it_is_none():
    names = {address.name for address in ALL}
    told = {name.split()[0] for name in PAGES if name != "missing"}
    excused = {name for reason in NO_PAGE.values() for name in reason}
    assert not told & excused
    assert told | excused == names


def test_the_comparison_of_languages_sees_a_page_in_the_wrong_one(browse):
    page = browse()
    page.goto("/report/")
    assert len(chinese_in_english(page)) > 20
    assert not untranslated(page)
    page = browse(lang="en-GB")
    page.goto("/report/")
    assert len(untranslated(page)) > 20
    assert not chinese_in_english(page)


class Walk(Browse):
    """One page for each person and language, kept open while all pages are walked."""

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.open: dict[tuple[str, str], Page] = {}

    def at(self, who: str, lang: str, path: str, *, expect: int = 0) -> Page:
        if (who, lang) not in self.open:
            self.open[who, lang] = self(who, lang=lang, reduced_motion="reduce")
        page = self.open[who, lang]
        self.expected[page] = {expect}
        page.set_viewport_size(WIDE)
        page.context.clear_cookies(name="face")  # each page as if nothing had been chosen before it
        page.goto(path)
        if "/accounts/again/" in page.url and "/accounts/again/" not in path:
            confirm(page)
        return page


@pytest.fixture(scope="module")
def walk(browser: Browser, product, kept) -> Iterator[Walk]:
    walk = Walk(browser, product, kept)
    yield walk
    walk.close()


@pytest.fixture(scope="module")
def things(walk: Walk, town: Town) -> Things:
    number, code = raise_matter(
        walk(phone=True), photos=town.photo(), category="environment.rubbish", name="端木问之", phone="13912345678", who=["withheld"]
    )
    desk = walk("desk")
    open_matter(desk, number)
    take(desk, "accepted")
    take(desk, "dispatched", level=["community"])
    again, _code = raise_matter(walk(phone=True), photos=town.photo(), category="environment.rubbish")
    desk.goto(f"/matters/{again}/act/merge/?other={number}")
    form = desk.locator("main form[method=post]")
    fill(form, reason="同一处垃圾")
    send(form)
    return Things(town, number, code, *subscribe(walk("district")), merged=again)


def objections(page: Page) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    return page.evaluate(AXE)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_fit_for_everybody_in_both_languages(name: str, walk: Walk, things: Things):
    who, at = PAGES[name]
    path = at if isinstance(at, str) else at(things)
    status = 404 if name == "missing" else 0
    page = walk.at(who, "zh-CN", path, expect=status)
    assert page.url.split("?")[0].endswith(path.split("?")[0])
    wrong = [f"zh: in English: {said}" for said in untranslated(page)]
    wrong += keep(page, name.replace(":", "-").replace(" ", "-"))
    page.set_viewport_size(PHONE)
    wrong += [f"zh at 360 px: {found}" for found in objections(page)]

    page = walk.at(who, "en-GB", path, expect=status)
    assert page.locator("html").get_attribute("lang") == "en"
    wrong += [f"en: in Chinese: {said}" for said in chinese_in_english(page)]
    wrong += [f"en at 1440 px: {found}" for found in objections(page)]
    page.set_viewport_size(PHONE)
    if (wide := width_of(page)) > PHONE["width"]:
        wrong.append(f"en: {wide} px wide on a phone")
    wrong += walk.troubles
    walk.troubles.clear()
    assert not wrong, "\n".join(wrong)


def test_nothing_of_the_demonstration_happened_in_the_future(town):
    assert town.rows("select f.subject_ref, e.kind, e.at from flow_event e join flow_flow f on f.id = e.flow_id where e.at > now()") == []
