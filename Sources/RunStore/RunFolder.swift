internal import Glibc
internal import Tensors

/// The folder of one run: a journal of finished tasks, a content-addressed store of their results,
/// and the files that people read.
///
/// One process at a time may write (`create`, `resume`); any number may read meanwhile (`open`).
/// Safe to share between threads: the journal serialises its users, blobs are immutable.
package final class RunFolder: Sendable {
  package let path: String
  let journal: Journal
  let store: BlobStore
  private let lock: FolderLock?

  private init(
    path: String, journal: Journal, store: BlobStore, lock: consuming FolderLock?
  ) {
    self.path = path
    self.journal = journal
    self.store = store
    self.lock = lock
  }

  /// Begins a run in a new or empty folder.
  ///
  /// - Parameter fingerprint: what a resumed run must agree with: `model`, `data`, `recipe`,
  ///   `program`, … to a hash or version.
  /// - Throws: `.runExists`, `.notEmpty`, `.locked`, `.diskFull`, or a file error.
  package static func create(
    path: String, fingerprint: [String: String]
  ) throws(RunStoreError) -> RunFolder {
    let entries = try DurableFile.entries(of: path) ?? []
    if let foreign = entries.first(where: { !isOwn($0) }) {
      throw .notEmpty(folder: path, entry: foreign)
    }
    try DurableFile.makeFolder(path)
    let lock = try FolderLock(path: path + "/run.lock", folder: path)
    let journal = try Journal(path: path + "/run.sqlite", isWritable: true)
    // Version 0 with our files only: a process died while it made the folder.
    guard try journal.version() == 0 else { throw .runExists(folder: path) }
    let store = try BlobStore(root: path + "/store", isWritable: true)
    try journal.initialise(fingerprint: fingerprint)
    return RunFolder(path: path, journal: journal, store: store, lock: lock)
  }

  /// Continues the run in a folder, provided that nothing that decides its result has changed.
  ///
  /// - Throws: `.fingerprintDiffers` naming the first differing field (program, model, data,
  ///   recipe, then the rest by name), `.notARunFolder`, `.newerSchema`, `.locked`, or a file
  ///   error.
  package static func resume(
    path: String, fingerprint: [String: String]
  ) throws(RunStoreError) -> RunFolder {
    try requireJournal(path)
    let lock = try FolderLock(path: path + "/run.lock", folder: path)
    let journal = try Journal(path: path + "/run.sqlite", isWritable: true)
    try requireSchema(journal, folder: path)
    let stored = try journal.pairs(in: "fingerprint")
    try compare(stored: stored, given: fingerprint, folder: path)
    let store = try BlobStore(root: path + "/store", isWritable: true)
    return RunFolder(path: path, journal: journal, store: store, lock: lock)
  }

  /// Opens a run for reading, also while its coordinator works.
  ///
  /// - Throws: `.notARunFolder`, `.newerSchema`, or a file error.
  package static func open(path: String) throws(RunStoreError) -> RunFolder {
    try requireJournal(path)
    let journal = try Journal(path: path + "/run.sqlite", isWritable: false)
    try requireSchema(journal, folder: path)
    let store = try BlobStore(root: path + "/store", isWritable: false)
    return RunFolder(path: path, journal: journal, store: store, lock: nil)
  }

  /// Whether this process holds the lock and may write.
  package var isWritable: Bool { lock != nil }

  /// What the run was begun with.
  package func fingerprint() throws(RunStoreError) -> [String: String] {
    try journal.pairs(in: "fingerprint")
  }

  /// Replaces one of the files that people read, whole or not at all.
  package func write(_ file: RunFile, _ text: String) throws(RunStoreError) {
    precondition(isWritable, "a run folder opened for reading is not written to")
    let place = path + "/" + file.rawValue
    try DurableFile.replace(place, with: Array(text.utf8), temporary: place + ".partial")
  }

  /// The text of one of the files that people read; nil when it is not there yet.
  package func read(_ file: RunFile) throws(RunStoreError) -> String? {
    try DurableFile.read(path + "/" + file.rawValue).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func isOwn(_ entry: String) -> Bool {
    entry == "store" || entry.hasPrefix("run.sqlite") || entry == "run.lock"
      || RunFile.allCases.contains { entry == $0.rawValue || entry == $0.rawValue + ".partial" }
  }

  private static func requireJournal(_ path: String) throws(RunStoreError) {
    guard let entries = try DurableFile.entries(of: path) else {
      throw .notARunFolder(folder: path, reason: "there is no such folder")
    }
    guard entries.contains("run.sqlite") else {
      throw .notARunFolder(folder: path, reason: "it has no run.sqlite")
    }
  }

  private static func requireSchema(_ journal: Journal, folder: String) throws(RunStoreError) {
    let version = try journal.version()
    guard version != 0 else {
      throw .notARunFolder(folder: folder, reason: "its run.sqlite is empty")
    }
    guard version <= Journal.schemaVersion else {
      throw .newerSchema(folder: folder, found: version, known: Journal.schemaVersion)
    }
  }

  private static func compare(
    stored: [String: String], given: [String: String], folder: String
  ) throws(RunStoreError) {
    let first = ["program", "model", "data", "recipe"]
    let others = Set(stored.keys).union(given.keys).subtracting(first).sorted()
    for field in first + others where stored[field] != given[field] {
      throw .fingerprintDiffers(
        folder: folder, field: field, stored: stored[field], given: given[field])
    }
  }
}
