extension Dataset {
  /// The file of a sample that is an image; nil for samples of arrays.
  package func imageFile(_ index: Int) -> String? {
    guard case .images(let list, _) = store else { return nil }
    return list.paths[selection?[index] ?? index]
  }

  /// What keeps an image from being decoded; nil where nothing does.
  ///
  /// - Precondition: `index` lies in `0..<count`.
  /// - Throws: what is no fault of an image alone, such as another size than the others have.
  package func damage(ofImage index: Int) throws(DatasetError) -> DatasetError? {
    do throws(DatasetError) {
      if byteTable != nil {
        _ = try sampleBytes(index..<index + 1)
      } else {
        _ = try samples(index..<index + 1)
      }
      return nil
    } catch {
      guard error.isOfImage else { throw error }
      return error
    }
  }
}

extension DatasetError {
  /// Whether one image is at fault, so that others may do without it.
  var isOfImage: Bool {
    switch kind {
    case .damaged, .truncated, .unsupported, .empty: true
    case .missing, .wrongShape, .wrongCount, .labelOutOfRange, .notFinite, .unreadable,
      .preprocessing:
      false
    }
  }
}
