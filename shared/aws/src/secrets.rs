//! Secrets.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use estrella_lake::{Error, Result};

use crate::error::mapped;

/// Reads a secret from Secrets Manager.
///
/// # Errors
/// Those of the service; `InvalidInput` if the secret is empty.
pub async fn secret(config: &SdkConfig, arn: &str) -> Result<Vec<u8>> {
    let client = Client::new(config);
    let answer =
        client.get_secret_value().secret_id(arn).send().await.map_err(|e| mapped("read secret", arn, e))?;
    let binary = answer.secret_binary().map(|blob| blob.as_ref().to_vec());
    let secret = answer.secret_string().map(|text| text.as_bytes().to_vec()).or(binary);
    secret.filter(|secret| !secret.is_empty()).ok_or_else(|| Error::invalid("secret is empty").at(arn))
}
