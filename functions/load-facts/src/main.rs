//! The load-facts Lambda.

use estrella_runtime::{Sends, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::serve("load-facts", Sends::Nothing, estrella_load_facts::stage).await
}
