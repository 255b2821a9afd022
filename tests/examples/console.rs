//! The web console over the world, to look at it and to use it from a browser without any AWS:
//! `cargo run -p aduana-tests --example console [CASES]`. What is sent again is judged at once, as the intake would.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "it prints its address, and a failure here is to be seen"
)]

use std::sync::Arc;
use std::time::Duration;

use aduana_console::{Console, listen, serve};
use aduana_testkit::console::WorldDeployment;
use aduana_testkit::samples;
use aduana_testkit::world::World;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run());
}

async fn run() {
    let cases = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(40);
    let world = World::new();
    let intake = world.intake();
    for n in 1..=cases {
        world.send(samples::wrong_total(&format!("001-001-{n:09}"), n));
    }
    for n in 1..=3 {
        world.send(samples::without_number(n));
        world.send(samples::valid(&format!("001-002-{n:09}"), n));
    }
    world.send(
        b"{\"number\": \"<script>alert(1)</script>\", \"seller\": {\"name\": \"\\u202egnp.exe\"}".to_vec(),
    );
    world.send(b"not an invoice".to_vec());
    world.drain(&intake).await;

    let listener = listen(None).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let deployment = Arc::new(WorldDeployment::new(&world));
    let console = Console::new(deployment, port, None).expect("a console");
    println!("{}", console.opening_address());
    let judging = async move {
        loop {
            tokio::time::sleep(Duration::from_millis(300)).await;
            world.drain(&intake).await;
        }
    };
    serve(listener, &console, judging).await.expect("it serves");
}
