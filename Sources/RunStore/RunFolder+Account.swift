internal import GRDB

extension RunFolder {
  /// Sets a fact about the run, such as its seed or the workers' hosts.
  package func setFact(_ field: String, _ value: String) throws(RunStoreError) {
    try journal.write { database in
      try database.execute(
        sql: """
          INSERT INTO run(field, value) VALUES (?, ?)
          ON CONFLICT(field) DO UPDATE SET value = excluded.value
          """,
        arguments: [field, value])
    }
  }

  /// All facts about the run, among them `created_at`.
  package func facts() throws(RunStoreError) -> [String: String] {
    try journal.pairs(in: "run")
  }

  /// Notes that something happened.
  package func recordEvent(kind: String, text: String) throws(RunStoreError) {
    try journal.write { database in
      try database.execute(
        sql: "INSERT INTO event(kind, text) VALUES (?, ?)", arguments: [kind, text])
    }
  }

  /// All events in the order they were noted.
  package func events() throws(RunStoreError) -> [EventRecord] {
    try journal.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT kind, text, \(Journal.secondsAfterCreation("time")) AS after
          FROM event ORDER BY number
          """
      ).map { EventRecord(after: $0["after"], kind: $0["kind"], text: $0["text"]) }
    }
  }

  /// Records a number; the last one for a stage, name and step counts.
  package func recordMetric(_ metric: MetricRecord) throws(RunStoreError) {
    try journal.write { database in
      try database.execute(
        sql: """
          INSERT INTO metric(stage, name, step, value) VALUES (?, ?, ?, ?)
          ON CONFLICT(stage, name, step) DO UPDATE SET value = excluded.value
          """,
        arguments: [metric.stage, metric.name, metric.step, metric.value])
    }
  }

  /// All numbers, by stage, name and step; one that was not a number comes back as NaN.
  package func metrics() throws(RunStoreError) -> [MetricRecord] {
    try journal.read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM metric ORDER BY stage, name, step").map {
        MetricRecord(
          stage: $0["stage"], name: $0["name"], step: $0["step"], value: $0["value"] ?? .nan)
      }
    }
  }

  /// Records what is known about a layer; the last account counts.
  package func recordLayer(_ layer: LayerEntry) throws(RunStoreError) {
    try journal.write { database in
      try database.execute(
        sql: """
          INSERT INTO layer(name, position, report) VALUES (?, ?, ?)
          ON CONFLICT(name) DO UPDATE SET position = excluded.position, report = excluded.report
          """,
        arguments: [layer.name, layer.position, layer.json])
    }
  }

  /// All layers in the order of the network.
  package func layers() throws(RunStoreError) -> [LayerEntry] {
    try journal.read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM layer ORDER BY position, name").map {
        LayerEntry(name: $0["name"], position: $0["position"], json: $0["report"])
      }
    }
  }
}

extension Journal {
  /// A table of fields and values.
  func pairs(in table: String) throws(RunStoreError) -> [String: String] {
    try read { database in
      var pairs: [String: String] = [:]
      for row in try Row.fetchAll(database, sql: "SELECT field, value FROM \(table)") {
        pairs[row["field"]] = row["value"]
      }
      return pairs
    }
  }

  /// SQL for the seconds between the making of the run and a time column.
  static func secondsAfterCreation(_ column: String) -> String {
    """
    round((julianday(\(column)) - (SELECT julianday(value) FROM run WHERE field = 'created_at'))
      * 86400, 3)
    """
  }
}
