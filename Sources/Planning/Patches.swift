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

  /// - Parameter inputShape: `[N, C, spatial…]` for a convolution, `[N, inputs]` for a linear layer.
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

  /// Copies the patches of one image into columns `firstColumn…` of a row-major matrix
  /// `[inputsPerRow, columnCount]` of the given group.
  ///
  /// - Parameter image: `[channels, spatial…]` of one image.
  private func gather<Element: BitwiseCopyable>(
    image: UnsafeBufferPointer<Element>, group: Int, zero: Element,
    into matrix: UnsafeMutableBufferPointer<Element>, columnCount: Int, firstColumn: Int
  ) {
    let (height, width) = (extents[0], extents[1])
    let (outHeight, outWidth) = (outputExtents[0], outputExtents[1])
    var row = 0
    for channel in group * channelsPerGroup..<(group + 1) * channelsPerGroup {
      let plane = channel * height * width
      for ky in 0..<kernel[0] {
        for kx in 0..<kernel[1] {
          var target = row * columnCount + firstColumn
          let shiftX = kx * dilations[1] - before[1]
          for oy in 0..<outHeight {
            let y = oy * strides[0] + ky * dilations[0] - before[0]
            if y < 0 || y >= height {
              for _ in 0..<outWidth {
                unsafe matrix[target] = zero
                target += 1
              }
              continue
            }
            let line = plane + y * width
            for ox in 0..<outWidth {
              let x = ox * strides[1] + shiftX
              unsafe matrix[target] = x >= 0 && x < width ? image[line + x] : zero
              target += 1
            }
          }
          row += 1
        }
      }
    }
  }

  /// Patches of `images` (a slice of a batch, `[N, channels, spatial…]` flattened) for one group,
  /// as a row-major matrix `[inputsPerRow, N · positions]`.
  @inline(__always)
  private func matrix<Element: BitwiseCopyable>(
    of images: [Element], imageCount: Int, group: Int, zero: Element
  ) -> [Element] {
    let columns = imageCount * positionsPerImage
    let stride = channels * extents.product
    precondition(images.count == imageCount * stride, "images do not have the layer's input shape")
    return unsafe [Element](unsafeUninitializedCapacity: inputsPerRow * columns) { buffer, count in
      unsafe images.withUnsafeBufferPointer { source in
        for index in 0..<imageCount {
          let image = unsafe UnsafeBufferPointer(
            rebasing: source[index * stride..<(index + 1) * stride])
          unsafe gather(
            image: image, group: group, zero: zero, into: buffer, columnCount: columns,
            firstColumn: index * positionsPerImage)
        }
      }
      count = inputsPerRow * columns
    }
  }

  /// Float patches.
  package func matrix(of images: [Float], imageCount: Int, group: Int) -> [Float] {
    matrix(of: images, imageCount: imageCount, group: group, zero: 0)
  }

  /// Patches of codes that fit a signed byte.
  package func matrix(of codes: [Int8], imageCount: Int, group: Int) -> [Int8] {
    matrix(of: codes, imageCount: imageCount, group: group, zero: 0)
  }

  /// Patches of unsigned 8-bit codes.
  package func matrix(of codes: [UInt8], imageCount: Int, group: Int) -> [UInt8] {
    matrix(of: codes, imageCount: imageCount, group: group, zero: 0)
  }
}
