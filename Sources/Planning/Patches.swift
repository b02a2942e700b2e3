internal import Network
internal import Tensors

/// The regression inputs of one layer group: the columns of the im2col matrix `[inputs, columns]`.
///
/// A column is one output position of one image; its rows are ordered channel, then kernel
/// position, as the weights of one output are.
package struct PatchGeometry: Sendable {
  /// Channels of the input, extents of its spatial axes (one or two).
  let channels: Int
  let extents: [Int]
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  let before: [Int]
  package let outputExtents: [Int]
  package let groups: Int

  package var channelsPerGroup: Int { channels / groups }
  package var inputsPerRow: Int { channelsPerGroup * kernel.product }
  package var positionsPerImage: Int { outputExtents.product }
  /// Values of one image.
  package var valuesPerImage: Int { channels * extents.product }

  /// - Parameter inputShape: `[N, C, spatial…]` of a convolution, `[N, inputs]` of a linear layer.
  package init(layer: Layer, inputShape: [Int]) {
    guard case .convolution(let convolution) = layer.kind else {
      // A linear layer is a 1×1 convolution with one position per row.
      channels = layer.inputs
      extents = [1, 1]
      kernel = [1, 1]
      strides = [1, 1]
      dilations = [1, 1]
      before = [0, 0]
      outputExtents = [1, 1]
      groups = 1
      return
    }
    let window = convolution.geometry(input: inputShape)
    let axes = window.input.count
    precondition(axes == 1 || axes == 2, "patches of a convolution over \(axes) spatial axes")
    // One spatial axis is two of which the first has extent 1.
    func paired(_ values: [Int], _ first: Int) -> [Int] { axes == 1 ? [first] + values : values }
    channels = inputShape[1]
    extents = paired(window.input, 1)
    kernel = paired(window.kernel, 1)
    strides = paired(window.strides, 1)
    dilations = paired(window.dilations, 1)
    before = paired(window.before, 0)
    outputExtents = paired(window.output, 1)
    groups = convolution.groups
  }

  /// Output positions along `axis` whose window element `offset` lies inside the input.
  private func inside(axis: Int, offset: Int) -> Range<Int> {
    // Position o reads element o · stride + shift.
    let shift = offset * dilations[axis] - before[axis]
    let stride = strides[axis]
    let first = shift >= 0 ? 0 : (-shift + stride - 1) / stride
    let room = extents[axis] - shift
    let end = room <= 0 ? 0 : (room + stride - 1) / stride
    let upper = min(end, outputExtents[axis])
    return min(first, upper)..<upper
  }

  /// Copies the patches of one image into columns `firstColumn…` of a row-major matrix
  /// `[inputsPerRow, columnCount]` of the given group.
  ///
  /// - Parameter image: `[channels, spatial…]` of one image.
  @inline(__always)
  private func gather<Element: BitwiseCopyable>(
    image: UnsafePointer<Element>, group: Int, zero: Element,
    into matrix: UnsafeMutablePointer<Element>, columnCount: Int, firstColumn: Int
  ) {
    let (height, width) = (extents[0], extents[1])
    let outWidth = outputExtents[1]
    let stride = strides[1]
    let rows = (0..<kernel[0]).map { inside(axis: 0, offset: $0) }
    let columns = (0..<kernel[1]).map { inside(axis: 1, offset: $0) }
    var target = unsafe matrix + firstColumn
    for channel in group * channelsPerGroup..<(group + 1) * channelsPerGroup {
      let plane = unsafe image + channel * height * width
      for ky in 0..<kernel[0] {
        let shiftY = ky * dilations[0] - before[0]
        for kx in 0..<kernel[1] {
          let shiftX = kx * dilations[1] - before[1]
          let inner = columns[kx]
          for oy in 0..<outputExtents[0] {
            let line = unsafe target + oy * outWidth
            guard rows[ky].contains(oy), !inner.isEmpty else {
              unsafe line.update(repeating: zero, count: outWidth)
              continue
            }
            let source = unsafe plane + ((oy * strides[0] + shiftY) * width + shiftX)
            unsafe line.update(repeating: zero, count: inner.lowerBound)
            if stride == 1 {
              unsafe (line + inner.lowerBound).update(
                from: source + inner.lowerBound, count: inner.count)
            } else {
              for ox in inner { unsafe line[ox] = source[ox * stride] }
            }
            unsafe (line + inner.upperBound).update(
              repeating: zero, count: outWidth - inner.upperBound)
          }
          unsafe target += columnCount
        }
      }
    }
  }

  /// Writes the patches of some images for one group as a row-major matrix
  /// `[inputsPerRow, N · positions]` to the beginning of an array.
  @inline(__always)
  private func fill<Element: BitwiseCopyable>(
    _ matrix: inout [Element], images: UnsafeBufferPointer<Element>, count: Int, group: Int,
    zero: Element
  ) {
    let columns = count * positionsPerImage
    precondition(
      images.count >= count * valuesPerImage, "images do not have the layer's input shape")
    precondition(matrix.count >= inputsPerRow * columns, "the matrix does not hold the patches")
    guard !images.isEmpty, !matrix.isEmpty else { return }
    unsafe matrix.withUnsafeMutableBufferPointer { matrix in
      for index in 0..<count {
        unsafe gather(
          image: images.baseAddress! + index * valuesPerImage, group: group, zero: zero,
          into: matrix.baseAddress!, columnCount: columns,
          firstColumn: index * positionsPerImage)
      }
    }
  }

  /// Writes float patches.
  ///
  /// - Parameters:
  ///   - matrix: begins with `[inputsPerRow, count · positions]` afterwards; may be longer.
  ///   - images: begins with `[count, channels, spatial…]`; may be longer.
  package func fill(_ matrix: inout [Float], images: Span<Float>, count: Int, group: Int) {
    unsafe images.withUnsafeBufferPointer {
      unsafe fill(&matrix, images: $0, count: count, group: group, zero: 0)
    }
  }

  /// Writes patches of codes that fit a signed byte; like the float form.
  package func fill(_ matrix: inout [Int8], images: [Int8], count: Int, group: Int) {
    unsafe images.withUnsafeBufferPointer {
      unsafe fill(&matrix, images: $0, count: count, group: group, zero: 0)
    }
  }

  /// Writes patches of unsigned 8-bit codes; like the float form.
  package func fill(_ matrix: inout [UInt8], images: [UInt8], count: Int, group: Int) {
    unsafe images.withUnsafeBufferPointer {
      unsafe fill(&matrix, images: $0, count: count, group: group, zero: 0)
    }
  }
}
