internal import GRDB
package import Tensors

extension RunFolder {
  /// Records a finished task; on the disk when it returns, so it may be acknowledged.
  ///
  /// The outputs must be in the store already. Recording a key again changes nothing: the first
  /// stored result counts.
  package func recordFinished(_ task: TaskRecord) throws(RunStoreError) {
    try recordFinished([task])
  }

  /// Records several finished tasks with one sync of the disk.
  package func recordFinished(_ tasks: [TaskRecord]) throws(RunStoreError) {
    try journal.write { database in
      for task in tasks {
        try database.execute(
          sql: """
            INSERT INTO task(key, kind, stage, layer, label, worker, attempt, seconds, outputs)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(key) DO NOTHING
            """,
          arguments: [
            task.key.hexadecimal, task.kind, task.stage, task.layer, task.label, task.worker,
            task.attempt, task.seconds, encode(task.outputs),
          ])
      }
    }
  }

  /// The record of a finished task whose outputs are all in the store and intact; nil when there
  /// is none or an output is lost, in which case the task must be done again.
  package func finishedTask(key: Digest) throws(RunStoreError) -> TaskRecord? {
    let rows = try tasks(where: "WHERE key = ?", arguments: [key.hexadecimal])
    guard let record = rows.first else { return nil }
    for output in record.outputs where try !contains(output) {
      guard isWritable else { return nil }
      // Forgotten, so that the repeated task can be recorded.
      try journal.write { database in
        try database.execute(sql: "DELETE FROM task WHERE key = ?", arguments: [key.hexadecimal])
        try database.execute(
          sql: "INSERT INTO event(kind, text) VALUES ('store', ?)",
          arguments: ["'\(record.label)' is done again: blob \(output) is missing or corrupt"])
      }
      return nil
    }
    return record
  }

  /// Takes a finished task out of the journal, so that it is done again, and notes why.
  package func forgetTask(key: Digest, reason: String) throws(RunStoreError) {
    try journal.write { database in
      try database.execute(sql: "DELETE FROM task WHERE key = ?", arguments: [key.hexadecimal])
      guard database.changesCount > 0 else { return }
      try database.execute(
        sql: "INSERT INTO event(kind, text) VALUES ('store', ?)", arguments: [reason])
    }
  }

  /// All finished tasks in the order of finishing, whether or not their outputs are still there.
  package func finishedTasks() throws(RunStoreError) -> [TaskRecord] {
    try tasks(where: "ORDER BY finished_at, key", arguments: [])
  }

  private func tasks(
    where clause: String, arguments: [String]
  ) throws(RunStoreError) -> [TaskRecord] {
    let path = journal.path
    return try journal.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT task.*, \(Journal.secondsAfterCreation("finished_at")) AS after
          FROM task \(clause)
          """,
        arguments: StatementArguments(arguments)
      ).map { row in
        guard let key = Digest(hexadecimal: row["key"]), let outputs = decode(row["outputs"]) else {
          throw RunStoreError.journal(path: path, reason: "a row of 'task' is damaged")
        }
        return TaskRecord(
          key: key, kind: row["kind"], stage: row["stage"], layer: row["layer"],
          label: row["label"], worker: row["worker"], attempt: row["attempt"],
          seconds: row["seconds"], outputs: outputs, finishedAfter: row["after"])
      }
    }
  }
}

/// A JSON array of hexadecimal digests.
private func encode(_ outputs: [Digest]) -> String {
  "[" + outputs.map { "\"\($0.hexadecimal)\"" }.joined(separator: ",") + "]"
}

private func decode(_ text: String) -> [Digest]? {
  guard text.hasPrefix("["), text.hasSuffix("]") else { return nil }
  let items = text.dropFirst().dropLast().split(separator: ",")
  let digests = items.compactMap { item in
    item.utf8.count == 66 ? Digest(hexadecimal: String(item.dropFirst().dropLast())) : nil
  }
  return digests.count == items.count ? digests : nil
}
