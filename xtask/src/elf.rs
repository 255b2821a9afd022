//! What the header and the texts of a Linux program say.

/// The C library that a 64-bit little-endian program for `machine` needs at least, or why it is not one.
pub(crate) fn look(program: &[u8], machine: u16) -> Result<(u32, u32), String> {
    let Some((header, _)) = program.split_first_chunk::<20>() else {
        return Err("it is too short for a program".to_owned());
    };
    // Magic number, 64 bits, little-endian.
    if !header.starts_with(b"\x7fELF\x02\x01") {
        return Err("it is no 64-bit Linux program".to_owned());
    }
    let [.., low, high] = *header;
    let found = u16::from_le_bytes([low, high]);
    if found != machine {
        return Err(format!("it is for the machine {found} of ELF, and not for {machine}"));
    }
    versions(program).max().ok_or_else(|| "it names no version of the C library".to_owned())
}

/// The versions of glibc that the program names: `GLIBC_2.34` is one that a symbol of its needs.
fn versions(program: &[u8]) -> impl Iterator<Item = (u32, u32)> {
    const NAME: &[u8] = b"GLIBC_";
    places(program, NAME).filter_map(|after| {
        let text = after.split(|byte| !byte.is_ascii_digit() && *byte != b'.').next()?;
        let mut numbers = str::from_utf8(text).ok()?.split('.').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    })
}

/// Whether the program has these bytes somewhere.
pub(crate) fn holds(program: &[u8], bytes: &[u8]) -> bool {
    places(program, bytes).next().is_some()
}

/// What comes after each place of `bytes` in `program`.
fn places<'p>(program: &'p [u8], bytes: &'p [u8]) -> impl Iterator<Item = &'p [u8]> {
    let first = bytes.first().copied();
    program
        .iter()
        .enumerate()
        .filter(move |(_, byte)| Some(**byte) == first)
        .filter_map(move |(place, _)| program.get(place..)?.strip_prefix(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(machine: u16, text: &str) -> Vec<u8> {
        let mut program = b"\x7fELF\x02\x01\x01".to_vec();
        program.resize(18, 0);
        program.extend(machine.to_le_bytes());
        program.extend(text.as_bytes());
        program
    }

    #[test]
    fn the_newest_version_that_a_program_names_is_the_one_it_needs() {
        let program = program(183, "\0GLIBC_2.17\0GLIBC_2.34\0GLIBC_2.4\0GLIBC_PRIVATE\0");
        assert_eq!(look(&program, 183), Ok((2, 34)));
    }

    #[test]
    fn a_program_for_another_machine_is_reported() {
        let error = look(&program(62, "GLIBC_2.34"), 183).expect_err("not for arm64");
        assert_eq!(error, "it is for the machine 62 of ELF, and not for 183");
    }

    #[test]
    fn a_file_that_is_no_program_is_reported() {
        for no_program in ["", "#!/bin/sh\nexec something-else\n", "\u{7f}ELF\u{1}\u{1} and thirty-two bits"]
        {
            assert!(look(no_program.as_bytes(), 183).is_err(), "{no_program:?}");
        }
    }

    #[test]
    fn bytes_are_found_wherever_they_are() {
        assert!(holds(b"a /home/ana/src b", b"/home/ana"));
        assert!(holds(b"//home", b"/home"));
        assert!(!holds(b"/home/an", b"/home/ana"));
    }
}
