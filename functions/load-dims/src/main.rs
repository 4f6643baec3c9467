//! The load-dims Lambda.

use estrella_runtime::{Sends, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::serve("load-dims", Sends::Nothing, estrella_load_dims::stage).await
}
