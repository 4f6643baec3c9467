//! The clean Lambda.

use estrella_runtime::{Sends, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::serve("clean", Sends::Nothing, estrella_clean::stage).await
}
