//! The extract Lambda.

use estrella_runtime::{Sends, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::serve("extract", Sends::Alerts, estrella_extract::stage).await
}
