//! `aduana invalid show`: a case, with all that is known of it.

use std::fmt::Write as _;

use aduana_invoice::{Fingerprint, Lang, Severity};
use aduana_redrive::answer::{Content, Reason, Shown, ShownBody};
use aduana_redrive::request::WhichBody;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::groups::minute;
use super::list::payable;
use crate::cli::{InvalidShow, TableOrJson, Which};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, counted, said, tr};
use crate::redrive::{self, Recorded, Redrive};
use crate::terminal::{BOLD, ERROR, GUTTER, HELP, Terminal, WARNING, properties, sanitize, styled, table};

/// How many lines of the body a person sees at once.
const EXCERPT: usize = 30;

/// How much of a line.
const WIDTH: usize = 160;

/// Shows a case, or writes its body.
pub(super) async fn run(args: &InvalidShow, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let lang = i18n::lang();
    let unmask = args.unmask.reason.as_deref().filter(|_| args.unmask.unmask);
    let recorded = if unmask.is_some() { Recorded::Yes } else { Recorded::No };
    let redrive = redrive::open(&args.common.stack, lang, recorded).await?;
    let which = match args.which {
        None => WhichBody::Current,
        Some(Which::Original) => WhichBody::Original,
        Some(Which::Attempt(n)) => WhichBody::Attempt(n),
        Some(Which::Correction(n)) => WhichBody::Correction(n),
    };
    let shown = redrive.get(&args.id, unmask, Some(which), None).await?;
    if args.body {
        terminal.bytes(&exact(&redrive, &shown, unmask.unwrap_or_default(), which).await?)?;
    } else {
        match args.common.output {
            TableOrJson::Json => terminal.json(&shown)?,
            TableOrJson::Table => terminal.print(&text(&shown, lang))?,
        }
    }
    Ok(ExitStatus::Good)
}

/// The exact bytes of the body that was asked for, and that was unmasked for `reason`. What is too long for an answer is read in
/// pieces, each of them on record.
pub(super) async fn exact(
    redrive: &Redrive,
    shown: &Shown,
    reason: &str,
    which: WhichBody,
) -> Result<Vec<u8>, Failure> {
    match &shown.body {
        Some(ShownBody { exact: true, content: Some(content), .. }) => bytes(content, shown),
        Some(body) if body.exact => in_pieces(redrive, shown, body, reason, which).await,
        _ => Err(unread(shown).because(said("the answer does not hold it", "la respuesta no lo contiene"))),
    }
}

async fn in_pieces(
    redrive: &Redrive,
    shown: &Shown,
    whole: &ShownBody,
    reason: &str,
    which: WhichBody,
) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while bytes.len() < whole.bytes {
        let piece = redrive.get(&shown.case.id, Some(reason), Some(which), Some(bytes.len())).await?;
        let piece = piece.body.and_then(|body| body.content);
        let piece = piece.map(|piece| self::bytes(&piece, shown)).transpose()?.unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        bytes.extend(piece);
    }
    if Fingerprint::of(&bytes).to_string() == whole.fingerprint {
        Ok(bytes)
    } else {
        Err(unread(shown)
            .because(said(
                "its pieces are not of one body: it was corrected meanwhile",
                "sus partes no son de un mismo documento: se corrigió entretanto",
            ))
            .help(said(
                "the same command again, with `--which` for one that stays as it is",
                "repita el comando, con `--which` para uno que no cambie",
            )))
    }
}

fn bytes(content: &Content, shown: &Shown) -> Result<Vec<u8>, Failure> {
    match content {
        Content::Text(text) => Ok(text.clone().into_bytes()),
        Content::Base64(text) => {
            STANDARD.decode(text).map_err(|error| unread(shown).because(error.to_string()))
        }
    }
}

fn unread(shown: &Shown) -> Failure {
    Failure::to(said(
        format!("read the body of the case {}", shown.case.id),
        format!("leer el documento del caso {}", shown.case.id),
    ))
}

fn text(shown: &Shown, lang: Lang) -> String {
    let mut text = format!("{}\n", styled(BOLD, shown.case.id.as_str()));
    text.push_str(&properties(facts(shown, lang)));
    if shown.may_be_in_flight {
        let words = tr(
            lang,
            "a body of it was sent, or may have been, and its outcome is not known yet",
            "se envió, o pudo enviarse, y aún no se sabe el resultado",
        );
        writeln!(text, "{} {words}", styled(WARNING, tr(lang, "note:", "nota:"))).ok();
    }
    for reason in &shown.reasons {
        text.push('\n');
        push_reason(&mut text, reason, lang);
    }
    if shown.reasons.iter().any(|reason| reason.can_be_suggested) {
        let words = tr(lang, "a correction can be suggested:", "se puede proponer una corrección:");
        let command = format!("aduana invalid correct {} --suggested", shown.case.id);
        writeln!(text, "\n{} {words} {command}", styled(HELP, tr(lang, "help:", "ayuda:"))).ok();
    }
    if let Some(body) = &shown.body {
        push_body(&mut text, body, lang);
    }
    if !shown.attributes.is_empty() {
        text.push_str(&attributes(shown, lang));
    }
    writeln!(text, "\n{}", styled(BOLD, tr(lang, "History", "Historial"))).ok();
    text.push_str(&super::history::text(shown, lang));
    text
}

fn facts(shown: &Shown, lang: Lang) -> Vec<(&'static str, String)> {
    let case = &shown.case;
    let time = |time: &Option<String>| time.as_deref().map(minute);
    let versions = shown.versions.iter().map(|version| {
        let fingerprint = version.fingerprint.get(..12).unwrap_or(&version.fingerprint);
        let mark = if version.current { "*" } else { "" };
        match version.correction {
            None => format!("attempt:{} {fingerprint}{mark}", version.attempt),
            Some(number) => format!("correction:{number} {fingerprint}{mark}"),
        }
    });
    let seller = [case.seller.clone(), case.seller_name.clone()].into_iter().flatten().collect::<Vec<_>>();
    let rows = [
        (tr(lang, "state", "estado"), Some(case.state.as_str().to_owned())),
        (tr(lang, "attempt", "intento"), Some(case.attempt.to_string())),
        (tr(lang, "group", "grupo"), Some(format!("{}  {}", case.group, case.group_label))),
        (tr(lang, "seller", "vendedor"), Some(seller.join("  ")).filter(|seller| !seller.is_empty())),
        (tr(lang, "buyer", "comprador"), shown.buyer_name.clone()),
        (tr(lang, "number", "número"), case.number.clone()),
        (tr(lang, "issued", "emitida"), case.issue_date.clone()),
        (tr(lang, "payable", "a pagar"), payable(case)),
        (tr(lang, "source", "origen"), Some(case.source.clone())),
        (tr(lang, "sender", "remitente"), case.sender.clone()),
        (tr(lang, "received", "recibida"), Some(minute(&case.received_at))),
        (tr(lang, "held since", "retenida desde"), Some(minute(&case.first_seen))),
        (tr(lang, "last seen", "última vez"), Some(minute(&case.last_seen))),
        (tr(lang, "alerted", "avisada"), time(&shown.alerted_at)),
        (tr(lang, "claimed until", "reservada hasta"), time(&shown.claimed_until)),
        (tr(lang, "stored", "guardada"), time(&shown.resolved_at)),
        (tr(lang, "queue copy expires", "la copia en cola caduca"), time(&case.expires_at)),
        (tr(lang, "owner", "responsable"), case.owner.clone()),
        (tr(lang, "ticket", "ticket"), case.ticket.clone()),
        (tr(lang, "note", "nota"), shown.note.clone()),
        (tr(lang, "rule set", "reglas"), Some(shown.ruleset.clone())),
        (tr(lang, "bodies", "versiones"), Some(versions.collect::<Vec<_>>().join(", "))),
        (tr(lang, "version", "versión"), Some(shown.version.to_string())),
        (
            tr(lang, "in its way", "ocupa su lugar"),
            shown.in_the_way.as_ref().map(|it| {
                let sender = it.sender.as_deref().unwrap_or("-");
                format!(
                    "{} {} {} {} {}",
                    minute(&it.stored_at),
                    it.source,
                    sender,
                    it.message_id,
                    it.fingerprint
                )
            }),
        ),
        (
            tr(lang, "its invoice set aside", "su factura apartada"),
            shown.set_aside.as_ref().map(|it| format!("{} {}: {}", minute(&it.at), it.actor, it.reason)),
        ),
    ];
    rows.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// A reason in the form of a compiler message.
pub(super) fn push_reason(out: &mut String, reason: &Reason, lang: Lang) {
    let style = if reason.is_error() { ERROR } else { WARNING };
    let severity = match reason.severity {
        Severity::Error => "error",
        Severity::Warning => tr(lang, "warning", "advertencia"),
    };
    let head = styled(style, &format!("{}[{}]", severity, sanitize(&reason.code)));
    writeln!(out, "{head} {}", sanitize(&reason.message)).ok();
    let place = if reason.path.is_empty() { "/" } else { &reason.path };
    let term = reason.term.as_ref().map_or_else(String::new, |term| format!(" ({term})"));
    let arrow = styled(GUTTER, "-->");
    writeln!(out, "  {arrow} {}{}", sanitize(place), sanitize(&term)).ok();
    for (name, value) in [
        (tr(lang, "expected", "se esperaba"), &reason.expected),
        (tr(lang, "found", "se encontró"), &reason.actual),
    ] {
        if let Some(value) = value {
            writeln!(out, "      {name}: {}", sanitize(value)).ok();
        }
    }
    if let Some(suggestion) = &reason.suggestion {
        let name = tr(lang, "suggested", "se propone");
        writeln!(out, "      {name}: {}", sanitize(suggestion.get())).ok();
    }
}

fn push_body(out: &mut String, body: &ShownBody, lang: Lang) {
    let bytes = u64::try_from(body.bytes).unwrap_or(u64::MAX);
    let size = counted(bytes, lang, ("byte", "bytes"), ("byte", "bytes"));
    let kind = if body.exact {
        size
    } else {
        format!("{size}, {}", tr(lang, "values replaced", "valores sustituidos"))
    };
    let title = styled(BOLD, tr(lang, "Body", "Documento"));
    writeln!(out, "\n{title} ({kind})").ok();
    let Some(text) = body.text() else {
        out.push_str(tr(
            lang,
            "it cannot be shown here, as it is no text or too long: --body --unmask writes its bytes\n",
            "no se puede mostrar aquí, pues no es texto o es demasiado largo: --body --unmask escribe sus bytes\n",
        ));
        return;
    };
    let lines: Vec<&str> = text.lines().collect();
    for line in lines.iter().take(EXCERPT) {
        writeln!(out, "  {}", sanitize(&cut(line))).ok();
    }
    let more = u64::try_from(lines.len().saturating_sub(EXCERPT)).unwrap_or(u64::MAX);
    if more > 0 {
        let more = counted(more, lang, ("more line", "more lines"), ("línea más", "líneas más"));
        writeln!(out, "  … {more}").ok();
    }
}

/// What the producer sent beside the body.
fn attributes(shown: &Shown, lang: Lang) -> String {
    let title = styled(BOLD, tr(lang, "The producer's attributes", "Atributos del productor"));
    let headings = tr(lang, ["name", "type", "value"], ["nombre", "tipo", "valor"]);
    let rows = shown.attributes.iter().map(|it| [&it.name, &it.data_type, &it.value].map(|text| cut(text)));
    format!("\n{title}\n{}", table(headings, rows))
}

/// As much of a line as is shown.
fn cut(line: &str) -> String {
    let mut cut: String = line.chars().take(WIDTH).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    cut
}
