//! The check-quality Lambda.

use estrella_runtime::{Sends, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::serve("check-quality", Sends::Nothing, estrella_check_quality::stage).await
}
