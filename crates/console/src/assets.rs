//! Style and scripts, part of the program: nothing is fetched from anywhere.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

const ASSETS: [(&str, &str, &str); 5] = [
    ("console.css", "text/css; charset=utf-8", include_str!("../assets/console.css")),
    ("console.js", "text/javascript; charset=utf-8", include_str!("../assets/console.js")),
    ("htmx-2.0.11.min.js", "text/javascript; charset=utf-8", include_str!("../assets/htmx-2.0.11.min.js")),
    ("htmx-LICENSE", "text/plain; charset=utf-8", include_str!("../assets/htmx-LICENSE")),
    ("icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
];

/// One of them.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(known, _, _)| *known == name) {
        Some((_, kind, contents)) => ([(CONTENT_TYPE, *kind)], *contents).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
