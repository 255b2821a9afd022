//! What `aduana validate` takes of a folder.

use crate::common::{fixture, run};

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_in_a_folder_is_passed_over_and_named() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    let folder = std::env::temp_dir().join(format!("aduana-files-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("inner")).unwrap();
    let path = |name: &str| folder.join(name);
    std::fs::write(path("a.json"), fixture("valid.json")).unwrap();
    symlink(path("a.json"), path("b-link.json")).unwrap();
    assert!(Command::new("mkfifo").arg(path("c-pipe.json")).status().unwrap().success());
    let _socket = UnixListener::bind(path("d-socket.json")).unwrap();
    symlink(path("nowhere"), path("e-dangling.json")).unwrap();
    symlink("/dev/zero", path("f-device.ndjson")).unwrap();
    symlink(path("inner"), path("g-folder.json")).unwrap();
    std::fs::write(path("inner/h.json"), fixture("valid.json")).unwrap();

    let run = run(&["validate", folder.to_str().unwrap()]);
    std::fs::remove_dir_all(&folder).unwrap();

    assert!(run.starts_with("exit code 2\n"), "{run}");
    for name in ["c-pipe.json", "d-socket.json", "f-device.ndjson"] {
        let remark = format!("{name}: it is passed over, as it is no regular file");
        assert!(run.contains(&remark), "{name} in {run}");
    }
    assert!(run.contains("e-dangling.json: No such file"), "{run}");
    assert!(!run.contains("g-folder.json"), "a link to a folder is not followed: {run}");
    assert!(run.contains("3 valid"), "the rest is judged: {run}");
}
