/// A list of images as comma-separated text: `path` or `path,label` in each row, further columns
/// ignored, a header allowed. Paths are relative to the list's folder, or to a folder beside the
/// list that is called like it (`val.csv`, `val/`).
enum ImageListFile {
  /// - Throws: a `DatasetError` that names the list and the row.
  static func read(path: String) throws(DatasetError) -> ImageList {
    let content = try FileContent(path: path)
    var text = String(decoding: content.bytes(0..<content.count), as: UTF8.self)
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    var list = ImageList(paths: [], listFiles: [path])
    var labels: [Int] = []
    var isFirst = true
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let cells = cells(of: line)
      if cells == [""] { continue }
      let isHeader = isFirst && isHeader(cells, of: path)
      isFirst = false
      if isHeader { continue }
      let row = Row(list: path, number: index + 1)
      guard let image = place(of: cells[0], listedIn: path) else {
        throw row.fault(
          .missing, "there is no file '\(cells[0])'", "correct the path or remove the row")
      }
      guard list.paths.isEmpty || (cells.count > 1) == !labels.isEmpty else {
        throw row.fault(
          .wrongCount, "one row has a label and another none", "give labels in all rows or in none")
      }
      list.paths.append(image)
      if cells.count > 1 { labels.append(try row.label(cells[1])) }
    }
    guard !list.paths.isEmpty else {
      throw DatasetError(.empty, path, "lists no images", remedy: "give rows of 'path,label'")
    }
    list.labels = labels.isEmpty ? nil : labels
    return list
  }

  private struct Row {
    let list: String
    let number: Int

    func fault(_ kind: DatasetError.Kind, _ problem: String, _ remedy: String) -> DatasetError {
      DatasetError(kind, list, "row \(number): \(problem)", remedy: remedy)
    }

    func label(_ text: String) throws(DatasetError) -> Int {
      guard let label = Int(text) else {
        throw fault(
          .labelOutOfRange, "label '\(text)' is not a whole number",
          "give the number of the class, from 0")
      }
      guard (0...labelLimit).contains(label) else {
        throw fault(
          .labelOutOfRange, "label \(label) is not in 0...\(labelLimit)",
          "number the classes from 0")
      }
      return label
    }
  }

  /// The first row names columns where it names no file, no place for one, and no label.
  private static func isHeader(_ cells: [String], of list: String) -> Bool {
    place(of: cells[0], listedIn: list) == nil && (cells.count < 2 || Int(cells[1]) == nil)
      && !ImageName.matches(cells[0]) && !cells[0].contains("/")
  }

  private static func place(of name: String, listedIn list: String) -> String? {
    if name.isEmpty { return nil }
    let beside = LabelsFile.split(list).folder + name
    let candidates = name.hasPrefix("/") ? [name] : [beside, list.dropLast(4) + "/" + name]
    return candidates.first { DataFolder.isFolder($0) == false }
  }

  /// The cells of a row without the spaces around them; one in double quotes may hold commas.
  private static func cells(of line: Substring) -> [String] {
    var cells: [String] = [""]
    var isQuoted = false
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: cells.append("")
      default: cells[cells.count - 1].append(character)
      }
    }
    return cells.map { cell in
      var trimmed = cell[...].drop(while: \.isWhitespace)
      while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
      return String(trimmed)
    }
  }
}
