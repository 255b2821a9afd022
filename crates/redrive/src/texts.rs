//! The redrive's own words, in English and Spanish.

use aduana_invoice::{Lang, catalogue};

use aduana_cases::UNPROCESSED;

use super::answer::Code;
use super::request::ActionName;

/// What a rule says.
pub(crate) fn rule(code: &str, lang: Lang) -> &'static str {
    match (catalogue::find(code), lang) {
        (Some(rule), lang) => rule.text(lang),
        (None, Lang::En) if code == UNPROCESSED => {
            "The message could not be brought to an end in as many deliveries as SQS gives it."
        }
        (None, Lang::Es) if code == UNPROCESSED => {
            "El mensaje no se pudo llevar a término en las entregas que SQS le concede."
        }
        (None, _) => "",
    }
}

/// What is wrong.
pub(crate) const fn message(code: Code, lang: Lang) -> &'static str {
    let (en, es) = match code {
        Code::UnknownAction => ("there is no such action", "no existe tal acción"),
        Code::BadRequest => ("the request cannot be read", "no se puede leer la petición"),
        Code::NeedsReason => (
            "values are shown, searched for or tested for a reason only",
            "los valores se muestran, se buscan o se prueban solo con un motivo",
        ),
        Code::NoSuchCase => ("there is no such case", "no existe tal caso"),
        Code::NoSuchInvoice => ("no such invoice is stored", "no hay tal factura aceptada"),
        Code::StaleVersion => {
            ("the case has changed since it was looked at", "el caso ha cambiado desde que se consultó")
        }
        Code::WrongState => {
            ("the case is in a state in which this cannot be done", "el estado del caso no lo permite")
        }
        Code::Claimed => ("somebody is sending the case at this moment", "alguien está enviando el caso"),
        Code::MayBeInFlight => {
            ("another body of the case may be under way", "otra versión del caso puede estar en camino")
        }
        Code::Parked => ("the case has had too many attempts", "el caso ha tenido demasiados intentos"),
        Code::PatchDoesNotApply => ("the patch does not fit the body", "el parche no encaja en el documento"),
        Code::NothingSuggested => ("there is nothing to suggest", "no hay nada que sugerir"),
        Code::StillInvalid => ("it is not valid", "no es válida"),
        Code::NotJson => ("the body is not JSON", "el cuerpo no es JSON"),
        Code::TooMany => ("that is too much at once", "es demasiado de una vez"),
        Code::Unavailable => ("a service did not answer as it should", "un servicio no respondió como debía"),
        Code::Uncertain => {
            ("it may have been sent, nobody can say", "puede haberse enviado, no se puede saber")
        }
    };
    match lang {
        Lang::En => en,
        Lang::Es => es,
    }
}

/// What to do.
pub(crate) fn help(code: Code, lang: Lang) -> String {
    let (en, es) = match code {
        Code::UnknownAction => {
            let actions: Vec<_> = ActionName::ALL.iter().map(|name| name.as_str()).collect();
            let actions = actions.join(", ");
            return match lang {
                Lang::En => format!("the actions are: {actions}"),
                Lang::Es => format!("las acciones son: {actions}"),
            };
        }
        Code::BadRequest => {
            ("correct the request and send it again", "corrija la petición y envíela de nuevo")
        }
        Code::NeedsReason => (
            "say why: by `--reason`, by the reason of the console's session, by `reason` in a request; it is put on record",
            "diga por qué: con `--reason`, con el motivo de la sesión en la consola, con `reason` en una petición; queda registrado",
        ),
        Code::NoSuchCase => ("list the cases to find its id", "liste los casos para encontrar su id"),
        Code::NoSuchInvoice => (
            "`aduana invoices list` shows what is stored, and with --set-aside what was set aside",
            "`aduana invoices list` muestra lo aceptado, y con --set-aside lo apartado",
        ),
        Code::StaleVersion => {
            ("look at it again, then decide again", "consúltelo otra vez y vuelva a decidir")
        }
        Code::WrongState => (
            "look at its state and its trail; discarded cases can be reopened, parked ones released",
            "consulte su estado y su historial; los descartados se pueden reabrir, los aparcados liberar",
        ),
        Code::Claimed => {
            ("wait a few minutes: the claim lapses by itself", "espere unos minutos: la reserva caduca sola")
        }
        Code::MayBeInFlight => (
            "send it as it is and wait for its outcome, or override with a reason",
            "envíelo tal como está y espere el resultado, o fuércelo con un motivo",
        ),
        Code::Parked => (
            "see why it comes back each time, then release it",
            "averigüe por qué vuelve cada vez y libérelo",
        ),
        Code::PatchDoesNotApply => {
            ("look at the body and adapt the pointers", "consulte el documento y adapte los punteros")
        }
        Code::NothingSuggested => {
            ("correct it by a patch or a full body", "corríjala con un parche o un documento completo")
        }
        Code::StillInvalid => (
            "correct what is left, or override with a reason",
            "corrija lo que falta, o fuércelo con un motivo",
        ),
        Code::NotJson => ("give a full body in its place", "dé un documento completo en su lugar"),
        Code::TooMany => ("ask for less at a time", "pida menos cada vez"),
        Code::Unavailable => {
            ("try again; what was done stays done", "inténtelo de nuevo; lo hecho, hecho está")
        }
        Code::Uncertain => (
            "nothing to do: it is safe to send it again when its claim has lapsed",
            "nada que hacer: se puede enviar de nuevo sin riesgo cuando caduque la reserva",
        ),
    };
    match lang {
        Lang::En => en,
        Lang::Es => es,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqs_gave_up_is_said_in_both_languages_and_of_an_unknown_code_nothing() {
        assert!(rule(UNPROCESSED, Lang::En).starts_with("The message could not be brought to an end"));
        assert!(rule(UNPROCESSED, Lang::Es).starts_with("El mensaje no se pudo llevar a término"));
        for lang in [Lang::En, Lang::Es] {
            assert_eq!(rule("BR-02", lang), catalogue::find("BR-02").unwrap().text(lang));
            assert_eq!(rule("a rule of a later version", lang), "");
        }
    }
}
