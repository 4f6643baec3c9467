//! The messages of PostgreSQL's output plugin `pgoutput`, protocol version 1, that tell of rows. Those that begin
//! and end a transaction are decoded by the library that carries them.
//!
//! <https://www.postgresql.org/docs/15/protocol-logicalrep-message-formats.html>

use bytes::{Buf, Bytes};

use crate::{Error, Result};

/// A message inside a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    /// What the rows of a table look like from here on.
    Relation(Relation),
    Insert {
        relation: u32,
        new: Vec<Value>,
    },
    Update {
        relation: u32,
        /// With the default replica identity only if the key has changed.
        old: Option<Old>,
        new: Vec<Value>,
    },
    Delete {
        relation: u32,
        old: Old,
    },
    Truncate {
        relations: Vec<u32>,
    },
    /// Names of types, origins: nothing that changes a row.
    Other,
}

/// A table as the server describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) id: u32,
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) columns: Vec<Column>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) type_oid: u32,
    /// Part of the replica identity.
    pub(super) key: bool,
}

/// An old row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Old {
    /// Only its key; the other columns are null.
    Key(Vec<Value>),
    /// All of it.
    Row(Vec<Value>),
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    /// Stored out of line, not changed, and therefore not sent.
    Unchanged,
    Text(String),
}

/// Decodes one message.
pub(super) fn decode(data: Bytes) -> Result<Message> {
    let kind = data.first().copied().unwrap_or_default();
    let mut reader = Reader { data, kind };
    reader.u8()?;
    let message = reader.message()?;
    match message == Message::Other || reader.data.is_empty() {
        true => Ok(message),
        false => Err(reader.error("it is longer than its content")),
    }
}

struct Reader {
    data: Bytes,
    kind: u8,
}

impl Reader {
    fn message(&mut self) -> Result<Message> {
        Ok(match self.kind {
            b'R' => Message::Relation(self.relation()?),
            b'I' => {
                let relation = self.u32()?;
                self.expect(b'N')?;
                Message::Insert { relation, new: self.row()? }
            }
            b'U' => {
                let relation = self.u32()?;
                let (old, mark) = match self.u8()? {
                    mark @ (b'K' | b'O') => (Some(self.old(mark)?), self.u8()?),
                    mark => (None, mark),
                };
                if mark != b'N' {
                    return Err(self.error("it has no new row"));
                }
                Message::Update { relation, old, new: self.row()? }
            }
            b'D' => {
                let relation = self.u32()?;
                let mark = self.u8()?;
                Message::Delete { relation, old: self.old(mark)? }
            }
            b'T' => {
                let count = self.u32()?;
                self.u8()?;
                Message::Truncate { relations: (0..count).map(|_| self.u32()).collect::<Result<_>>()? }
            }
            b'Y' | b'O' | b'M' => Message::Other,
            _ => return Err(self.error("its kind is unknown")),
        })
    }

    fn relation(&mut self) -> Result<Relation> {
        let (id, schema, table) = (self.u32()?, self.text()?, self.text()?);
        self.u8()?;
        let columns = (0..self.u16()?).map(|_| {
            let (flags, name, type_oid) = (self.u8()?, self.text()?, self.u32()?);
            self.u32()?;
            Ok(Column { name, type_oid, key: flags & 1 != 0 })
        });
        Ok(Relation { id, schema, table, columns: columns.collect::<Result<_>>()? })
    }

    fn old(&mut self, mark: u8) -> Result<Old> {
        match mark {
            b'K' => Ok(Old::Key(self.row()?)),
            b'O' => Ok(Old::Row(self.row()?)),
            _ => Err(self.error("its old row is of no known kind")),
        }
    }

    fn row(&mut self) -> Result<Vec<Value>> {
        (0..self.u16()?).map(|_| self.value()).collect()
    }

    fn value(&mut self) -> Result<Value> {
        match self.u8()? {
            b'n' => Ok(Value::Null),
            b'u' => Ok(Value::Unchanged),
            b't' => {
                let length = self.u32()? as usize;
                Ok(Value::Text(self.utf8(length)?))
            }
            _ => Err(self.error("a value is neither null nor text")),
        }
    }

    fn expect(&mut self, mark: u8) -> Result<()> {
        match self.u8()? == mark {
            true => Ok(()),
            false => Err(self.error("it has no new row")),
        }
    }

    fn u8(&mut self) -> Result<u8> {
        self.data.try_get_u8().map_err(|_| self.error("it is cut short"))
    }

    fn u16(&mut self) -> Result<u16> {
        self.data.try_get_u16().map_err(|_| self.error("it is cut short"))
    }

    fn u32(&mut self) -> Result<u32> {
        self.data.try_get_u32().map_err(|_| self.error("it is cut short"))
    }

    /// A text that a zero byte ends.
    fn text(&mut self) -> Result<String> {
        let length = self.data.iter().position(|&byte| byte == 0);
        let length = length.ok_or_else(|| self.error("it is cut short"))?;
        let text = self.utf8(length)?;
        self.data.advance(1);
        Ok(text)
    }

    fn utf8(&mut self, length: usize) -> Result<String> {
        if length > self.data.len() {
            return Err(self.error("it is cut short"));
        }
        let bytes = self.data.split_to(length);
        String::from_utf8(bytes.into()).map_err(|_| self.error("a text is not utf-8"))
    }

    fn error(&self, why: &str) -> Error {
        Error::protocol(format!("pgoutput message {:?}", char::from(self.kind)), why)
    }
}

#[cfg(test)]
#[path = "pgoutput_tests.rs"]
mod tests;
