//! The plan Lambda.

use estrella_runtime::{Sends, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::serve("plan", Sends::Nothing, estrella_plan::stage).await
}
