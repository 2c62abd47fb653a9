"""The pages behind the QR code of a product: its certificate, and whose it is."""

from __future__ import annotations

import logging
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Route

from crmlib.exceptions import InvalidParameterError, WarrantyRefusedError
from crmlib.messages import Outcome
from crmlib.warranty import DigitalLink, Refusal
from crmlib.web._forms import read_guarded_form
from crmlib.web._languages import find_language
from crmlib.web._warranty_forms import (
    FormProblem,
    ask_questions,
    read_answers,
    read_code,
    read_registrant,
)
from crmlib.web._warranty_steps import WarrantyStep
from crmlib.web._warranty_words import say_day

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from crmlib.warranty import Certificate, Registrant
    from crmlib.web._site import Site
    from crmlib.web._warranty_desk import WarrantyDesk

LOGGER = logging.getLogger("crmlib.web")

_SENT: Final = (Outcome.ACCEPTED, Outcome.UNKNOWN)
_PROBLEMS: Final = {
    # nobody learns from the answer whether an address is the owner's
    Refusal.BAD_CODE: ("code", "code"),
    Refusal.NOT_REGISTERED: ("code", "code"),
    Refusal.TOO_MANY_CODES: ("contact", "too_many"),
}


class UnknownLinkError(Exception):
    """A link is none of the registry's; it goes no further than the page that says so."""


def _refusing(
    answer: Callable[[WarrantyPages, Request], Awaitable[Response]],
) -> Callable[[WarrantyPages, Request], Awaitable[Response]]:
    """Give *answer*, or for a link that is none of the registry's the page that says so."""

    @wraps(answer)
    async def answer_or_refuse(self: WarrantyPages, request: Request) -> Response:
        try:
            return await answer(self, request)
        except UnknownLinkError:
            return self.refuse(request)

    return answer_or_refuse


class WarrantyPages:
    """A GET shows, a POST acts: who opens a link, a scanner too, changes nothing.

    Every link that is not one of the registry's is answered alike, whatever
    is wrong with it, so that nobody learns from guessing.
    """

    def __init__(self, site: Site, desk: WarrantyDesk) -> None:
        self._site = site
        self._desk = desk

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            Route("/01/{rest:path}", self.resolve, name="digital_link", methods=["GET"]),
            Route("/w/{token}", self.certificate, name="certificate", methods=["GET"]),
            Route("/w/{token}/{step}", self.ask, name="warranty_step", methods=["GET"]),
            Route("/w/{token}/{step}", self.finish, methods=["POST"]),
            Route("/w/{token}/{step}/code", self.send_code, name="code", methods=["POST"]),
        ]

    @_refusing
    async def resolve(self, request: Request) -> Response:
        """Lead a GS1 Digital Link, whose piece must be that of its token, to the certificate."""
        path = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1")
        try:
            link = DigitalLink.parse(
                f"https://localhost{path.partition('?')[0]}?w={request.query_params.get('w', '')}"
            )
        except (InvalidParameterError, ValueError):
            LOGGER.warning("a warranty link was refused: no digital link")
            raise UnknownLinkError from None
        certificate = await self._look(link.token or "")
        if (link.gtin, link.serial) != (certificate.gtin, certificate.serial) or (
            link.lot not in {None, certificate.lot}
        ):
            LOGGER.warning("a warranty link was refused: the token of another piece")
            raise UnknownLinkError
        return self._lead(request, "certificate", token=link.token)

    @_refusing
    async def certificate(self, request: Request) -> Response:
        """Show a certificate as it stands."""
        certificate = await self._find(request)
        state = certificate.state(self._site.clock())
        return self._render(request, "warranty.html", certificate, state=state.value)

    @_refusing
    async def ask(self, request: Request) -> Response:
        """Ask for the address that is to be proven."""
        certificate, step = await self._find(request), _read_step(request)
        if not self._fits(certificate, step):
            return self._lead(request, "certificate", token=request.path_params["token"])
        return self._ask_contact(request, certificate, step)

    @_refusing
    async def send_code(self, request: Request) -> Response:
        """Send a code to the address, and ask for it."""
        certificate, step, fields = await self._read(request, "contact")
        self._site.rates.count(request, "code")
        try:
            who = read_registrant(self._desk, fields, self._lang(request))
        except FormProblem as problem:
            return self._ask_contact(request, certificate, step, fields, problem)
        try:
            code = await run_in_threadpool(
                self._desk.registry.request_code,
                request.path_params["token"],
                who,
                at=self._site.clock(),
            )
        except WarrantyRefusedError as refused:
            if refused.reason not in _PROBLEMS:
                return self._lead(request, "certificate", token=request.path_params["token"])
            told = FormProblem(*_PROBLEMS[Refusal(refused.reason)])
            return self._ask_contact(request, certificate, step, fields, told)
        receipt = await run_in_threadpool(self._desk.codes.send, code, who)
        if receipt.outcome not in _SENT:
            LOGGER.warning("a code was not sent: %s", receipt.outcome.value)
            told = FormProblem("contact", "not_sent")
            return self._ask_contact(request, certificate, step, fields, told)
        return self._ask_code(request, certificate, step, who=who, fields=fields)

    @_refusing
    async def finish(self, request: Request) -> Response:
        """Take the step that the code permits; a second time, show what came of the first."""
        certificate, step, fields = await self._read(request, "code")
        self._site.rates.count(request, "form")
        lang = self._lang(request)
        try:
            who = read_registrant(self._desk, fields, lang)
        except FormProblem as problem:
            if problem.field == "contact":  # the form that we gave does not hold such a one
                raise HTTPException(400) from None
            contact = read_registrant(self._desk, {"contact": fields["contact"]}, lang)
            return self._ask_code(
                request, certificate, step, who=contact, fields=fields, problem=problem
            )
        token = request.path_params["token"]
        try:
            made = await run_in_threadpool(
                step.take,
                self._desk.registry,
                token,
                who,
                codes={name: read_code(fields, name) for name in ("code", "passed_on")},
                answers=(
                    read_answers(self._desk, fields, who.field, lang) if step.has_new_owner else []
                ),
                at=self._site.clock(),
            )
        except WarrantyRefusedError as refused:
            if refused.reason not in _PROBLEMS:
                return self._lead(request, "certificate", token=token)
            told = FormProblem(*_PROBLEMS[Refusal(refused.reason)])
            return self._ask_code(request, certificate, step, who=who, fields=fields, problem=told)
        if step is WarrantyStep.OFFER:
            return self._render(request, "warranty_passed_on.html", certificate, passed_on=made)
        return self._lead(request, "certificate", token=token)

    def refuse(self, request: Request) -> Response:
        """Count a link that is none of the registry's, and say so; never why."""
        self._site.rates.count(request, "refused")
        return self._site.render(request, "warranty_invalid.html", status=404)

    def _ask_contact(
        self,
        request: Request,
        certificate: Certificate,
        step: WarrantyStep,
        fields: dict[str, str] | None = None,
        problem: FormProblem | None = None,
    ) -> Response:
        return self._render(
            request,
            "warranty_contact.html",
            certificate,
            status=200 if problem is None else 422,
            step=step.value,
            kinds="_or_".join(sorted(self._desk.codes.fields)),
            fields=fields or {},
            problem=problem,
        )

    def _ask_code(
        self,
        request: Request,
        certificate: Certificate,
        step: WarrantyStep,
        *,
        who: Registrant,
        fields: dict[str, str],
        problem: FormProblem | None = None,
    ) -> Response:
        return self._render(
            request,
            "warranty_code.html",
            certificate,
            status=200 if problem is None else 422,
            step=step.value,
            has_new_owner=step.has_new_owner,
            needs_order=step is WarrantyStep.REGISTER and not certificate.has_order,
            needs_passed_on=step is WarrantyStep.ACCEPT,
            who=who,
            questions=list(ask_questions(self._desk, who.field)),
            fields=fields,
            problem=problem,
        )

    def _render(
        self, request: Request, template: str, certificate: Certificate, **values: Any
    ) -> Response:
        lang = self._lang(request)
        return self._site.render(
            request,
            template,
            token=request.path_params["token"],
            certificate=certificate,
            product=self._desk.products.get(certificate.gtin),
            day=lambda moment: say_day(moment, lang, self._desk.timezone),
            **values,
        )

    def _lead(self, request: Request, name: str, **params: Any) -> Response:
        return RedirectResponse(self._site.path(request, name, **params), 303)

    def _lang(self, request: Request) -> str:
        return find_language(request, self._site.brand.language)

    def _fits(self, certificate: Certificate, step: WarrantyStep) -> bool:
        return step.fits(certificate.state(self._site.clock()))

    async def _read(
        self, request: Request, form: str
    ) -> tuple[Certificate, WarrantyStep, dict[str, str]]:
        """Give what a form is about, and what it says."""
        certificate, step = await self._find(request), _read_step(request)
        fields = await read_guarded_form(
            request,
            self._site,
            form=f"warranty {step.value} {form}",
            subject=request.path_params["token"],
        )
        return certificate, step, fields

    async def _find(self, request: Request) -> Certificate:
        return await self._look(request.path_params["token"])

    async def _look(self, token: str) -> Certificate:
        try:
            return await run_in_threadpool(self._desk.registry.look, token)
        except WarrantyRefusedError as refused:
            LOGGER.warning("a warranty link was refused: %s", refused.reason)
            raise UnknownLinkError from None


def _read_step(request: Request) -> WarrantyStep:
    try:
        return WarrantyStep(request.path_params["step"])
    except ValueError:
        raise HTTPException(404) from None
