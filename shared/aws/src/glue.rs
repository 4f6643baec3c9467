//! Heads of tables in the Glue catalog, by the protocol that PyIceberg and Java's Iceberg use too: the location of
//! the current metadata is a parameter of the table, and an update names the version that it replaces.

mod table_input;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_glue::Client;
use aws_sdk_glue::error::SdkError;
use aws_sdk_glue::types::Table;
use estrella_core::schema::{all_tables, find_table};
use estrella_lake::{Catalog, Error, ErrorKind, Head, Result, Swap, TableId};

use crate::error::mapped;
use table_input::{METADATA_LOCATION, is_iceberg, new_table, next_table};

/// Glue databases, one per namespace.
#[derive(Debug, Clone)]
pub struct GlueCatalog {
    client: Client,
    database_prefix: String,
}

impl GlueCatalog {
    /// The databases `{database_prefix}clean`, `{database_prefix}model` and `{database_prefix}ops`.
    pub fn new(config: &SdkConfig, database_prefix: &str) -> Self {
        Self { client: Client::new(config), database_prefix: database_prefix.to_owned() }
    }

    fn database(&self, namespace: &str) -> String {
        format!("{}{namespace}", self.database_prefix)
    }

    async fn table(&self, table: &TableId) -> Result<Option<Table>> {
        let get = self.client.get_table().database_name(self.database(&table.namespace)).name(&table.name);
        match get.send().await {
            Ok(found) => Ok(found.table),
            Err(error) => {
                let error = mapped("read head", table, error);
                if error.kind() == ErrorKind::NotFound { Ok(None) } else { Err(error) }
            }
        }
    }
}

#[async_trait]
impl Catalog for GlueCatalog {
    async fn head(&self, table: &TableId) -> Result<Option<Head>> {
        let Some(found) = self.table(table).await? else { return Ok(None) };
        if !is_iceberg(&found) {
            return Err(Error::invalid("Glue has a table of this name that is not Iceberg").at(table));
        }
        let location = found.parameters().and_then(|p| p.get(METADATA_LOCATION));
        let location =
            location.ok_or_else(|| Error::invalid("Glue table has no metadata_location").at(table))?;
        let token =
            found.version_id().ok_or_else(|| Error::bug("Glue tells no version of the table").at(table))?;
        Ok(Some(Head { metadata_location: location.clone(), token: token.to_owned() }))
    }

    async fn create(&self, table: &TableId, metadata_location: &str) -> Result<Swap> {
        let schema = find_table(&table.to_string());
        let schema = schema.ok_or_else(|| Error::bug("table is not one of this lake").at(table))?;
        let create = self
            .client
            .create_table()
            .database_name(self.database(&table.namespace))
            .table_input(new_table(schema, metadata_location)?);
        match create.send().await {
            Ok(_) => Ok(Swap::Done),
            Err(SdkError::ServiceError(e)) if e.err().is_already_exists_exception() => Ok(Swap::Conflict),
            Err(error) => Err(mapped("create table", table, error).at(self.database(&table.namespace))),
        }
    }

    async fn swap(&self, table: &TableId, old: &Head, metadata_location: &str) -> Result<Swap> {
        // Other writers may have given the table columns and parameters of their own: these stay.
        let current = match self.table(table).await? {
            Some(current) if current.version_id() == Some(&old.token) => current,
            _ => return Ok(Swap::Conflict),
        };
        let update = self
            .client
            .update_table()
            .database_name(self.database(&table.namespace))
            .table_input(next_table(current, old, metadata_location)?)
            .version_id(&old.token)
            // Iceberg keeps the history itself; Glue's own would run into its limit of versions.
            .skip_archive(true);
        match update.send().await {
            Ok(_) => Ok(Swap::Done),
            Err(SdkError::ServiceError(e))
                if e.err().is_concurrent_modification_exception()
                    || e.err().is_entity_not_found_exception() =>
            {
                Ok(Swap::Conflict)
            }
            Err(error) => Err(mapped("swap head", table, error)),
        }
    }

    async fn tables(&self) -> Result<Vec<TableId>> {
        let mut found = Vec::new();
        let mut namespaces: Vec<_> = all_tables().iter().map(|table| table.namespace).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        for namespace in namespaces {
            let database = self.database(namespace);
            let mut pages = self.client.get_tables().database_name(&database).into_paginator().send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|e| mapped("list tables", &database, e))?;
                found.extend(
                    page.table_list().iter().filter(|table| is_iceberg(table)).map(|table| TableId {
                        namespace: namespace.to_owned(),
                        name: table.name().to_owned(),
                    }),
                );
            }
        }
        found.sort();
        Ok(found)
    }
}
