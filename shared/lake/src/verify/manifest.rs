//! One manifest: what the manifest list says of it, and what its live entries add up to.

use iceberg::spec::{
    DataContentType, Manifest, ManifestContentType, ManifestEntry, ManifestFile, ManifestStatus,
};

/// Live files of one manifest, or of all of a snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Live {
    pub(super) rows: u64,
    pub(super) files: u64,
    /// Of data files and row-level deletes.
    pub(super) size_bytes: u64,
}

impl Live {
    pub(super) fn of(manifest: &Manifest) -> Self {
        let mut live = Self::default();
        for entry in manifest.entries().iter().filter(|entry| entry.is_alive()) {
            let file = entry.data_file();
            live.size_bytes += file.file_size_in_bytes();
            if file.content_type() == DataContentType::Data {
                live.rows += file.record_count();
                live.files += 1;
            }
        }
        live
    }

    pub(super) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.files += other.files;
        self.size_bytes += other.size_bytes;
    }
}

/// Counts in the manifest list that are not those of the manifest: what, in the manifest, in the list. Of deletes they
/// say how many rows they have, not how many they delete, and writers differ in that.
pub(super) fn miscounted(file: &ManifestFile, manifest: &Manifest) -> Vec<(&'static str, u64, u64)> {
    let of = |status: ManifestStatus| manifest.entries().iter().filter(move |entry| entry.status() == status);
    let files = |status| of(status).count() as u64;
    let rows = |status| of(status).map(|entry| ManifestEntry::record_count(entry)).sum::<u64>();
    let (added, existing, deleted) =
        (ManifestStatus::Added, ManifestStatus::Existing, ManifestStatus::Deleted);
    let mut counts = vec![
        ("added files", files(added), file.added_files_count.map(u64::from)),
        ("existing files", files(existing), file.existing_files_count.map(u64::from)),
        ("deleted files", files(deleted), file.deleted_files_count.map(u64::from)),
    ];
    if file.content == ManifestContentType::Data {
        counts.extend([
            ("added rows", rows(added), file.added_rows_count),
            ("existing rows", rows(existing), file.existing_rows_count),
            ("deleted rows", rows(deleted), file.deleted_rows_count),
        ]);
    }
    let differs = |(what, own, listed): (&'static str, u64, Option<u64>)| Some((what, own, listed?));
    counts.into_iter().filter_map(differs).filter(|(_, own, listed)| own != listed).collect()
}
