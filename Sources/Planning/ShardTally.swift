internal import Kernels
internal import Network
internal import Quantization

/// What is to be measured of a layer.
package struct Measurand: Sendable, Equatable {
  /// Columns to keep of each shard; 0 for none. Only signed codes are kept beside statistics.
  package var sampleColumns: Int
  /// Whether the columns stand for the statistics, which may not fit the memory.
  package var samplesOnly: Bool

  package init(sampleColumns: Int = 0, samplesOnly: Bool = false) {
    self.sampleColumns = sampleColumns
    self.samplesOnly = samplesOnly
  }
}

/// Adds up the statistics of a layer while the images of a shard go by in chunks.
struct ShardTally {
  let layer: Layer
  let geometry: PatchGeometry
  /// Few enough that a chunk of patches stays small; part of the result, since sums in fp32 start
  /// anew with a chunk.
  let imagesPerChunk: Int
  private let groups: [LayerTally]
  private var samples: [ColumnSampler] = []
  private var chunk: RegressionChunk

  private static let columnsPerChunk = 16_384
  private static let patchesPerChunk = 1 << 24

  init(
    layer: Layer, geometry: PatchGeometry, form: CodeForm, imageCount: Int, wanted: Measurand
  ) {
    self.layer = layer
    self.geometry = geometry
    let positions = geometry.positionsPerImage
    let images = min(
      Self.columnsPerChunk / positions, Self.patchesPerChunk / (positions * layer.inputs))
    imagesPerChunk = max(1, min(imageCount, images))
    let scratch = CodeScratch()
    groups =
      wanted.samplesOnly
      ? []
      : (0..<layer.groups).map { _ in
        LayerTally(
          inputs: layer.inputs, outputs: layer.rowsPerGroup, codeStep: form.step, scratch: scratch)
      }
    chunk = RegressionChunk(
      layer: layer, geometry: geometry, form: form, imageLimit: imagesPerChunk)
    if wanted.sampleColumns > 0, form.isSampled || wanted.samplesOnly {
      samples = (0..<layer.groups).map { _ in
        ColumnSampler(
          inputs: layer.inputs, outputs: layer.rowsPerGroup, step: form.step,
          available: imageCount * positions, wanted: wanted.sampleColumns)
      }
    }
  }

  var statistics: ShardStatistics {
    ShardStatistics(groups: groups.map(\.statistics), samples: samples.map(\.sample))
  }

  /// Adds a chunk.
  ///
  /// - Parameters:
  ///   - values: `[images, channels, spatial…]`.
  ///   - targets: `[images, outputs, positions]`.
  ///   - images: their numbers within the shard.
  mutating func add(_ values: Span<Float>, targets: Span<Float>, images: Range<Int>) {
    let columns = images.count * geometry.positionsPerImage
    let first = images.lowerBound * geometry.positionsPerImage
    chunk.convert(values)
    for group in 0..<layer.groups {
      chunk.fill(values, targets: targets, images: images.count, group: group)
      if !groups.isEmpty { chunk.add(to: groups[group], columns: columns) }
      if !samples.isEmpty { chunk.add(to: &samples[group], columns: columns, first: first) }
    }
  }
}

/// The regression of one group over some images, in buffers that serve one chunk after the other.
private struct RegressionChunk {
  private let layer: Layer
  private let geometry: PatchGeometry
  private let form: CodeForm
  /// Targets `[outputs, columns]`.
  private var rows: [Float]
  // Codes `[images, channels, spatial…]` and patches `[inputs, columns]`; one form is in use.
  private var values: [Float] = []
  private var signedImages: [Int8] = []
  private var signedPatches: [Int8] = []
  private var unsignedImages: [UInt8] = []
  private var unsignedPatches: [UInt8] = []

  init(layer: Layer, geometry: PatchGeometry, form: CodeForm, imageLimit: Int) {
    self.layer = layer
    self.geometry = geometry
    self.form = form
    let columns = imageLimit * geometry.positionsPerImage
    let codes = imageLimit * geometry.valuesPerImage
    let patches = layer.inputs * columns
    rows = [Float](repeating: 0, count: layer.rowsPerGroup * columns)
    switch form {
    case .signed:
      signedImages = [Int8](repeating: 0, count: codes)
      signedPatches = [Int8](repeating: 0, count: patches)
    case .unsigned:
      unsignedImages = [UInt8](repeating: 0, count: codes)
      unsignedPatches = [UInt8](repeating: 0, count: patches)
    case .real:
      values = [Float](repeating: 0, count: patches)
    }
  }

  /// Writes the codes of all channels, once for all groups.
  mutating func convert(_ values: Span<Float>) {
    switch form {
    case .signed(let quantizer):
      var whole = signedImages.mutableSpan
      var codes = whole._mutatingExtracting(0..<values.count)
      signedCodes(values, step: quantizer.step, into: &codes)
    case .unsigned(let quantizer):
      var whole = unsignedImages.mutableSpan
      var codes = whole._mutatingExtracting(0..<values.count)
      unsignedCodes(values, step: quantizer.step, into: &codes)
    case .real:
      break
    }
  }

  /// Writes patches and targets of a group.
  mutating func fill(_ values: Span<Float>, targets: Span<Float>, images: Int, group: Int) {
    fillRows(targets, images: images, group: group)
    let geometry = geometry
    switch form {
    case .signed:
      geometry.fill(&signedPatches, images: signedImages, count: images, group: group)
    case .unsigned:
      geometry.fill(&unsignedPatches, images: unsignedImages, count: images, group: group)
    case .real:
      geometry.fill(&self.values, images: values, count: images, group: group)
    }
  }

  /// Writes the targets of one group as rows `[outputs, images · positions]`.
  private mutating func fillRows(_ targets: Span<Float>, images: Int, group: Int) {
    let positions = geometry.positionsPerImage
    let columns = images * positions
    let stride = layer.outputs * positions
    let rowCount = layer.rowsPerGroup
    precondition(targets.count == images * stride && rows.count >= rowCount * columns)
    unsafe targets.withUnsafeBufferPointer { targets in
      unsafe rows.withUnsafeMutableBufferPointer { rows in
        for row in 0..<rowCount {
          let channel = group * rowCount + row
          for image in 0..<images {
            let source = image * stride + channel * positions
            let target = row * columns + image * positions
            unsafe (rows.baseAddress! + target).update(
              from: targets.baseAddress! + source, count: positions)
          }
        }
      }
    }
  }

  /// Adds the group that was filled in last.
  func add(to statistics: LayerTally, columns: Int) {
    let targets = rows.span.extracting(0..<layer.rowsPerGroup * columns)
    let patches = 0..<layer.inputs * columns
    switch form {
    case .signed:
      statistics.add(
        codes: signedPatches.span.extracting(patches), targets: targets, columns: columns)
    case .unsigned:
      statistics.add(
        codes: unsignedPatches.span.extracting(patches), targets: targets, columns: columns)
    case .real:
      statistics.add(values: values.span.extracting(patches), targets: targets, columns: columns)
    }
  }

  /// Shows the group that was filled in last to a sampler.
  func add(to sampler: inout ColumnSampler, columns: Int, first: Int) {
    let targets = rows.span.extracting(0..<layer.rowsPerGroup * columns)
    let patches = 0..<layer.inputs * columns
    switch form {
    case .signed:
      sampler.take(
        codes: signedPatches.span.extracting(patches), targets: targets, columns: columns,
        first: first)
    case .unsigned:
      sampler.take(
        codes: unsignedPatches.span.extracting(patches), targets: targets, columns: columns,
        first: first)
    case .real:
      sampler.take(
        values: values.span.extracting(patches), targets: targets, columns: columns, first: first)
    }
  }
}
