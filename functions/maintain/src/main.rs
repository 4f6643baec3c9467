//! The maintain Lambda.

use estrella_runtime::{Sends, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::serve("maintain", Sends::Nothing, estrella_maintain::stage).await
}
