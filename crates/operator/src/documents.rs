//! Finds the invoices in what the user named: files, folders, standard input; one a file or one a line.
//!
//! Everything is read as it is needed, and never more than [`LIMIT`] bytes of one invoice: a folder or a pipe of any size is
//! judged in bounded memory.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::cli::Format;
use crate::failure::Failure;
use crate::i18n::said;

/// The most bytes that are kept of one invoice. It is far above what any queue takes, so that an invoice that is cut here is still
/// judged rightly: as too large.
pub(crate) const LIMIT: usize = 16 * 1024 * 1024;

/// One invoice as it was found.
#[derive(Debug)]
pub(crate) struct Document {
    /// The file's name as the user would write it; `-` for standard input.
    pub(crate) file: String,
    /// The line of the file on which the invoice begins, where the file may hold several.
    pub(crate) line: Option<u64>,
    /// The exact bytes, up to [`LIMIT`].
    pub(crate) body: Vec<u8>,
}

/// The invoices of some inputs, in order; a failure stands for an input that cannot be read, and the rest follows.
pub(crate) struct Documents {
    sources: VecDeque<Source>,
    format: Format,
    lines: Option<Lines>,
}

enum Source {
    Stdin,
    File(PathBuf),
    Unreadable(Failure),
}

impl Documents {
    /// Looks the inputs over: folders are listed now, files are opened when their turn comes.
    pub(crate) fn new(inputs: &[PathBuf], format: Format) -> Self {
        let mut sources = VecDeque::new();
        for input in inputs {
            if input.as_os_str() == "-" {
                sources.push_back(Source::Stdin);
            } else if input.is_dir() {
                let before = sources.len();
                list(input, &mut sources);
                if sources.len() == before {
                    let name = input.display();
                    let failure = Failure::to(said(
                        format!("find invoices in {name}"),
                        format!("encontrar facturas en {name}"),
                    ))
                    .because(said(
                        "the folder holds no *.json, *.ndjson or *.jsonl file",
                        "la carpeta no tiene archivos *.json, *.ndjson ni *.jsonl",
                    ))
                    .help(said(
                        "name files of other kinds one by one",
                        "indique uno por uno los archivos de otros tipos",
                    ));
                    sources.push_back(Source::Unreadable(failure));
                }
            } else {
                sources.push_back(Source::File(input.clone()));
            }
        }
        Self { sources, format, lines: None }
    }

    /// How many invoices there are, where that is known without reading them.
    pub(crate) fn total(&self) -> Option<u64> {
        let countable = self.sources.iter().all(|source| match source {
            Source::Stdin => false,
            Source::File(path) => !self.by_line(path),
            Source::Unreadable(_) => true,
        });
        countable.then(|| u64::try_from(self.sources.len()).ok()).flatten()
    }

    fn by_line(&self, path: &Path) -> bool {
        match self.format {
            Format::Auto => has_extension(path, &["ndjson", "jsonl"]),
            Format::Json => false,
            Format::Ndjson => true,
        }
    }

    fn open(&mut self, source: Source) -> Option<Result<Document, Failure>> {
        match source {
            Source::Unreadable(failure) => Some(Err(failure)),
            Source::Stdin => self.open_stdin(),
            Source::File(path) => {
                let file = path.display().to_string();
                let opened = match File::open(&path) {
                    Ok(opened) => opened,
                    Err(error) => return Some(Err(unreadable(&file, error))),
                };
                if self.by_line(&path) {
                    self.lines = Some(Lines::new(file, Box::new(BufReader::new(opened))));
                    return None;
                }
                let mut body = Vec::new();
                Some(match opened.take(limit_u64()).read_to_end(&mut body) {
                    Ok(_) => Ok(Document { file, line: None, body }),
                    Err(error) => Err(unreadable(&file, error)),
                })
            }
        }
    }

    fn open_stdin(&mut self) -> Option<Result<Document, Failure>> {
        let mut lines = Lines::new("-".to_owned(), Box::new(BufReader::new(io::stdin())));
        let one_document = match self.format {
            Format::Json => Ok(true),
            Format::Ndjson => Ok(false),
            Format::Auto => lines.peek_two().map(|[first, second]| !is_object(first) && !is_object(second)),
        };
        match one_document {
            Err(error) => Some(Err(unreadable("-", error))),
            Ok(true) => Some(lines.into_one()),
            Ok(false) => {
                self.lines = Some(lines);
                None
            }
        }
    }
}

impl Iterator for Documents {
    type Item = Result<Document, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(lines) = &mut self.lines {
                match lines.next() {
                    Some(found) => return Some(found),
                    None => self.lines = None,
                }
            }
            let source = self.sources.pop_front()?;
            if let Some(found) = self.open(source) {
                return Some(found);
            }
        }
    }
}

/// The invoices of a text that holds one a line. Blank lines count, and hold none.
struct Lines {
    file: String,
    reader: Box<dyn BufRead + Send>,
    /// Lines that were read ahead, with their ends.
    ahead: VecDeque<Vec<u8>>,
    line: u64,
    found_any: bool,
}

impl Lines {
    fn new(file: String, reader: Box<dyn BufRead + Send>) -> Self {
        Self { file, reader, ahead: VecDeque::new(), line: 0, found_any: false }
    }

    /// The first two lines that are not blank, or what there is of them.
    fn peek_two(&mut self) -> io::Result<[&[u8]; 2]> {
        let mut found = 0;
        // A text that begins with more blank lines than this is not worth the memory.
        while found < 2 && self.ahead.len() < 1_000 {
            let line = read_line(&mut self.reader)?;
            if line.is_empty() {
                break;
            }
            found += usize::from(!is_blank(&line));
            self.ahead.push_back(line);
        }
        let mut full = self.ahead.iter().filter(|line| !is_blank(line)).map(Vec::as_slice);
        Ok([full.next().unwrap_or_default(), full.next().unwrap_or_default()])
    }

    /// The whole text as one invoice, blanks around it included: they are part of its bytes.
    fn into_one(mut self) -> Result<Document, Failure> {
        let mut body: Vec<u8> = self.ahead.into_iter().flatten().collect();
        let room = limit_u64().saturating_sub(u64::try_from(body.len()).unwrap_or(u64::MAX));
        if let Err(error) = self.reader.by_ref().take(room).read_to_end(&mut body) {
            return Err(unreadable(&self.file, error));
        }
        if is_blank(&body) {
            return Err(empty(&self.file));
        }
        Ok(Document { file: self.file, line: Some(1), body })
    }

    fn next(&mut self) -> Option<Result<Document, Failure>> {
        loop {
            let read = self.ahead.pop_front().map_or_else(|| read_line(&mut self.reader), Ok);
            let mut body = match read {
                Ok(line) if line.is_empty() => {
                    let nothing = !std::mem::replace(&mut self.found_any, true);
                    return nothing.then(|| Err(empty(&self.file)));
                }
                Ok(line) => line,
                Err(error) => {
                    // What cannot be read once is not tried again.
                    self.reader = Box::new(io::empty());
                    self.found_any = true;
                    return Some(Err(unreadable(&self.file, error)));
                }
            };
            self.line += 1;
            if is_blank(&body) {
                continue;
            }
            self.found_any = true;
            if body.pop_if(|byte| *byte == b'\n').is_some() {
                body.pop_if(|byte| *byte == b'\r');
            }
            return Some(Ok(Document { file: self.file.clone(), line: Some(self.line), body }));
        }
    }
}

/// The next line with its end, of which at most [`LIMIT`] bytes are kept; empty at the end of the text.
fn read_line(reader: &mut dyn BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    reader.take(limit_u64()).read_until(b'\n', &mut line)?;
    if line.len() == LIMIT && !line.ends_with(b"\n") {
        reader.skip_until(b'\n')?;
    }
    Ok(line)
}

/// Whether `line` is by itself a whole JSON object.
#[expect(
    clippy::disallowed_methods,
    reason = "only the form is looked at; the invoice is read by its decoder"
)]
fn is_object(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// Adds the invoices' files of `folder`, in the order of their names. A link to a folder is not followed: it could lead back. What is
/// no regular file is passed over and reported: a pipe that nobody writes to would be waited for without end.
fn list(folder: &Path, sources: &mut VecDeque<Source>) {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            sources.push_back(Source::Unreadable(unreadable(&folder.display().to_string(), error)));
            return;
        }
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let path = entry.path();
        if hidden {
        } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            list(&path, sources);
        } else if has_extension(&path, &["json", "ndjson", "jsonl"]) {
            match fs::metadata(&path) {
                Ok(found) if found.is_file() => sources.push_back(Source::File(path)),
                Ok(found) if found.is_dir() => {}
                Ok(_) => {
                    let failure = Failure::to(said(
                        format!("read {}", path.display()),
                        format!("leer {}", path.display()),
                    ));
                    sources.push_back(Source::Unreadable(failure.because(said(
                        "it is passed over, as it is no regular file",
                        "se omite, porque no es un archivo normal",
                    ))));
                }
                Err(error) => {
                    sources.push_back(Source::Unreadable(unreadable(&path.display().to_string(), error)));
                }
            }
        }
    }
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|have| extensions.iter().any(|want| have.eq_ignore_ascii_case(want)))
}

fn unreadable(file: &str, error: io::Error) -> Failure {
    let help = match error.kind() {
        io::ErrorKind::NotFound => Some(said(
            "check the name; a folder or - (standard input) will do, too",
            "revise el nombre; también sirve una carpeta o - (entrada estándar)",
        )),
        io::ErrorKind::PermissionDenied => {
            Some(said("ask for the permission to read it", "pida permiso para leerlo"))
        }
        _ => None,
    };
    let failure =
        Failure::to(said(format!("read {}", display_name(file)), format!("leer {}", display_name(file))))
            .because(error);
    match help {
        Some(help) => failure.help(help),
        None => failure,
    }
}

fn empty(file: &str) -> Failure {
    Failure::to(said(
        format!("find an invoice in {}", display_name(file)),
        format!("encontrar una factura en {}", display_name(file)),
    ))
    .because(said("it is empty", "está vacío"))
}

/// A file's name in a sentence.
fn display_name(file: &str) -> &str {
    if file == "-" { said("standard input", "la entrada estándar") } else { file }
}

fn limit_u64() -> u64 {
    LIMIT as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_mib_of_a_line_are_kept_and_the_next_line_is_whole() {
        assert_eq!(LIMIT, 16 * 1024 * 1024);
        for (length, kept) in [(LIMIT - 1, LIMIT - 1), (LIMIT, LIMIT), (LIMIT + 1, LIMIT)] {
            let text = [&vec![b'x'; length][..], b"\nnext\n"].concat();
            let mut reader = text.as_slice();
            let line = read_line(&mut reader).unwrap();
            assert_eq!(line.trim_ascii_end().len(), kept);
            assert_eq!(read_line(&mut reader).unwrap(), b"next\n", "{length}");
        }
    }
}
