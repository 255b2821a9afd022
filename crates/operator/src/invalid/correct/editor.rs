//! Edits a body in the user's editor. Nothing that was typed is lost: the file stays until its text is stored.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use aduana_cases::message::CaseId;
use aduana_invoice::Lang;
use aduana_redrive::answer::{Previewed, Reason};
use aduana_redrive::request::WhichBody;

use super::{Session, correction};
use crate::env;
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{said, tr};
use crate::invalid::show::{exact, push_reason};
use crate::terminal::Terminal;

impl Session<'_> {
    /// Edits the body of one case, again and again until it is valid or the user gives up, and stores it.
    pub(super) async fn edit(&self, id: &CaseId, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
        if let Some(version) = self.args.change.if_version {
            let now = self.redrive.get(id, None, None, None).await?.version;
            if now != version {
                return Err(Failure::to(said(
                    format!("edit the body of the case {id}"),
                    format!("editar el documento del caso {id}"),
                ))
                .because(said(
                    format!("its version is {now}, and not {version}: it has changed since"),
                    format!("su versión es {now} y no {version}: ha cambiado desde entonces"),
                )));
            }
        }
        let shown = self.redrive.get(id, Some(&self.reason), Some(WhichBody::Current), None).await?;
        let body = exact(self.redrive, &shown, &self.reason, WhichBody::Current).await?;
        let body = String::from_utf8(body).map_err(|error| {
            Failure::to(said(format!("edit the body of the case {id}"), format!("editar el documento del caso {id}"))).because(error.utf8_error()).help(said(
                "it is no text: `aduana invalid show ID --body --unmask` writes its bytes, `aduana invalid correct ID --body FILE` takes another",
                "no es texto: `aduana invalid show ID --body --unmask` escribe sus bytes, `aduana invalid correct ID --body FILE` acepta otro",
            ))
        })?;
        let draft = Draft::new(id, &body, &reasons(&shown.reasons, self.lang))?;
        print_reasons(&shown.reasons, self.lang, terminal);
        let ended = self.edit_and_store(id, &body, &draft, terminal).await;
        match ended {
            Ok(Edited::Unchanged) => {
                draft.remove();
                terminal.remark(tr(self.lang, "nothing was changed\n", "no se ha cambiado nada\n"));
                Ok(ExitStatus::Good)
            }
            Ok(Edited::Stored(ExitStatus::Good)) => {
                draft.remove();
                Ok(ExitStatus::Good)
            }
            Ok(Edited::Stored(ending)) => {
                draft.print_path(self.lang, terminal);
                Ok(ending)
            }
            Err(failure) => {
                draft.print_path(self.lang, terminal);
                Err(failure)
            }
        }
    }

    async fn edit_and_store(
        &self,
        id: &CaseId,
        body: &str,
        draft: &Draft,
        terminal: &mut Terminal,
    ) -> Result<Edited, Failure> {
        loop {
            draft.edit(terminal)?;
            let text = draft.read()?;
            if text == body {
                return Ok(Edited::Unchanged);
            }
            let correction = correction::body(&text)?;
            let ids = std::slice::from_ref(id);
            let previewed =
                self.redrive.preview(&self.reason, ids, &correction, self.args.unmask, None).await?;
            self.show(&previewed, terminal)?;
            if previewed.invalid == 0 || self.args.overridden || self.args.dry_run || self.args.change.yes {
                return self.store(&correction, &previewed, terminal).await.map(Edited::Stored);
            }
            print_reasons(&left(&previewed), self.lang, terminal);
            if !again(self.lang, terminal)? {
                return Ok(Edited::Stored(ExitStatus::SomeRefused));
            }
        }
    }
}

enum Edited {
    Unchanged,
    Stored(ExitStatus),
}

/// Whether to edit once more.
fn again(lang: Lang, terminal: &mut Terminal) -> Result<bool, Failure> {
    let question = tr(
        lang,
        "It is not valid yet. Edit it again? [Y/n]",
        "Aún no está en orden. ¿Seguir editando? [S/n]",
    );
    let answer = terminal.ask(question)?;
    Ok(answer.is_some_and(|answer| !answer.to_lowercase().starts_with('n')))
}

fn left(previewed: &Previewed) -> Vec<Reason> {
    previewed.cases.iter().flat_map(|case| case.reasons.clone()).collect()
}

fn reasons(reasons: &[Reason], lang: Lang) -> String {
    let mut text = String::new();
    for reason in reasons {
        push_reason(&mut text, reason, lang);
    }
    text
}

fn print_reasons(list: &[Reason], lang: Lang, terminal: &mut Terminal) {
    terminal.remark(&reasons(list, lang));
}

/// The file that is edited, in a folder that is the user's alone. JSON has no comments: the reasons are in a file beside it.
struct Draft {
    folder: PathBuf,
    file: PathBuf,
    id: CaseId,
}

impl Draft {
    fn new(id: &CaseId, body: &str, reasons: &str) -> Result<Self, Failure> {
        let short = id.as_str().get(..8).unwrap_or_default();
        let unique = env::now().unix_timestamp_nanos();
        let folder = std::env::temp_dir().join(format!("aduana-{short}-{}-{unique}", std::process::id()));
        let draft = Self { file: folder.join("invoice.json"), id: id.clone(), folder };
        let failed = |error| {
            Failure::to(said(
                format!("write {}", draft.file.display()),
                format!("escribir {}", draft.file.display()),
            ))
            .because(error)
        };
        private_folder(&draft.folder).map_err(failed)?;
        std::fs::write(&draft.file, body).map_err(failed)?;
        let plain = anstream::adapter::strip_str(reasons).to_string();
        std::fs::write(draft.folder.join("reasons.txt"), plain).map_err(failed)?;
        Ok(draft)
    }

    fn edit(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        terminal.remark(&format!("{}\n", self.file.display()));
        let editor = ["VISUAL", "EDITOR"].into_iter().find_map(env::variable);
        let editor = editor.unwrap_or_else(|| if cfg!(windows) { "notepad" } else { "vi" }.to_owned());
        let failed = || {
            Failure::to(said(
                format!("edit the file with {editor}"),
                format!("editar el archivo con {editor}"),
            ))
        };
        let status = open(&editor, &self.file).map_err(|error| {
            failed()
                .because(error)
                .help(said("set VISUAL or EDITOR to an editor", "ponga un editor en VISUAL o EDITOR"))
        })?;
        if status.success() {
            Ok(())
        } else {
            Err(failed()
                .because(said(format!("it ended with {status}"), format!("terminó con {status}")))
                .help(said("set VISUAL or EDITOR to an editor", "ponga un editor en VISUAL o EDITOR")))
        }
    }

    fn read(&self) -> Result<String, Failure> {
        std::fs::read_to_string(&self.file).map_err(|error| {
            Failure::to(said(
                format!("read {}", self.file.display()),
                format!("leer {}", self.file.display()),
            ))
            .because(error)
        })
    }

    fn remove(&self) {
        // What cannot be removed is in the user's own temporary folder.
        std::fs::remove_dir_all(&self.folder).ok();
    }

    /// Says where it is.
    fn print_path(&self, lang: Lang, terminal: &mut Terminal) {
        let words = tr(lang, "what was typed is kept: go on by", "lo escrito se conserva: siga con");
        let (id, file) = (&self.id, self.file.display());
        terminal.remark(&format!("{words} `aduana invalid correct {id} --body {file}`\n"));
    }
}

/// Runs the editor as git does: by the shell, as `EDITOR` may have arguments.
#[cfg(unix)]
fn open(editor: &str, file: &Path) -> std::io::Result<process::ExitStatus> {
    Command::new("sh").arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(file).status()
}

#[cfg(not(unix))]
fn open(editor: &str, file: &Path) -> std::io::Result<process::ExitStatus> {
    let mut words = editor.split_whitespace();
    Command::new(words.next().unwrap_or("notepad")).args(words).arg(file).status()
}

#[cfg(unix)]
fn private_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private_folder(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().create(path)
}
