internal import GRDB

/// `run.sqlite`: everything a run has finished, in SQLite's write-ahead mode.
///
/// Every commit is synced to the disk (`synchronous = FULL`), so a row that was written before an
/// acknowledgement survives the loss of the process and of power. Users may read it at any time,
/// also during the run: `sqlite3 RUNFOLDER/run.sqlite 'SELECT stage, label, seconds FROM task'`.
/// Times are UTC text (`2026-01-31T12:00:00.000Z`) set by SQLite.
///
/// - `run(field, value)`: facts about the run, among them `created_at`.
/// - `fingerprint(field, value)`: what a resumed run must agree with.
/// - `task(key, kind, stage, layer, label, worker, attempt, seconds, finished_at, outputs)`: a row
///   per finished task; `key` and the JSON array `outputs` are SHA-256 in hexadecimal, `outputs`
///   naming files of `store/`.
/// - `event(number, time, kind, text)`: what happened, for people.
/// - `metric(stage, name, step, value)`: measured numbers; a value that is not a number is NULL.
/// - `layer(name, position, report)`: a JSON object per layer.
struct Journal: Sendable {
  static let schemaVersion = 1

  let path: String
  let queue: DatabaseQueue

  /// Opens the file, making it where it is missing and `isWritable`; `isNew` says that it has no
  /// tables yet.
  init(path: String, isWritable: Bool) throws(RunStoreError) {
    self.path = path
    var configuration = Configuration()
    configuration.readonly = !isWritable
    // Someone with a `sqlite3` shell may hold the file for a moment.
    configuration.busyMode = .timeout(20)
    configuration.label = "tsq journal"
    if isWritable { configuration.journalMode = .wal }
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
      if isWritable {
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      }
    } catch {
      throw RunStoreError(error, journal: path)
    }
  }

  /// The schema's version; 0 before `initialise`.
  func version() throws(RunStoreError) -> Int {
    try read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
  }

  /// Makes the tables and writes the fingerprint, in one transaction.
  func initialise(fingerprint: [String: String]) throws(RunStoreError) {
    try write { database in
      try database.execute(sql: Self.schema)
      for (field, value) in fingerprint.sorted(by: { $0.key < $1.key }) {
        try database.execute(
          sql: "INSERT INTO fingerprint(field, value) VALUES (?, ?)", arguments: [field, value])
      }
      try database.execute(
        sql: """
          INSERT INTO run(field, value)
          VALUES ('created_at', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
          """)
      try database.execute(sql: "PRAGMA user_version = \(Self.schemaVersion)")
    }
  }

  /// Runs `body` in a transaction that is on the disk when this returns.
  func write<Result>(_ body: (Database) throws -> Result) throws(RunStoreError) -> Result {
    do {
      return try queue.write(body)
    } catch {
      throw RunStoreError(error, journal: path)
    }
  }

  func read<Result>(_ body: (Database) throws -> Result) throws(RunStoreError) -> Result {
    do {
      return try queue.read(body)
    } catch {
      throw RunStoreError(error, journal: path)
    }
  }

  private static let schema = """
    CREATE TABLE run(field TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE fingerprint(field TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE task(
      key TEXT PRIMARY KEY NOT NULL,
      kind TEXT NOT NULL,
      stage TEXT NOT NULL,
      layer TEXT,
      label TEXT NOT NULL,
      worker TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      seconds REAL NOT NULL,
      finished_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
      outputs TEXT NOT NULL CHECK (json_valid(outputs))
    );
    CREATE TABLE event(
      number INTEGER PRIMARY KEY,
      time TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
      kind TEXT NOT NULL,
      text TEXT NOT NULL
    );
    CREATE TABLE metric(
      stage TEXT NOT NULL,
      name TEXT NOT NULL,
      step INTEGER NOT NULL,
      value REAL,
      PRIMARY KEY (stage, name, step)
    );
    CREATE TABLE layer(
      name TEXT PRIMARY KEY NOT NULL,
      position INTEGER NOT NULL,
      report TEXT NOT NULL CHECK (json_valid(report))
    );
    """
}

extension RunStoreError {
  /// What an SQLite failure means to the person at the terminal.
  init(_ error: any Error, journal path: String) {
    if let own = error as? RunStoreError {
      self = own
    } else if let failure = error as? DatabaseError {
      switch failure.resultCode {
      case .SQLITE_FULL:
        self = .diskFull(path: path)
      case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_IOERR:
        self = .journal(path: path, reason: "cannot be read or written (\(failure.message ?? ""))")
      default:
        self = .journal(path: path, reason: failure.message ?? "\(failure.resultCode)")
      }
    } else {
      self = .journal(path: path, reason: "\(error)")
    }
  }
}
