/// How raw samples become a network's input:
///
///     value = (x · scale − mean[c]) / deviation[c]
///
/// in fp32, each of the three operations rounded by itself, in this order, so that results are the
/// same bits everywhere. `mean` and `deviation` hold one value per channel in the order that the
/// network reads channels, or one value for all. Image files become samples of one size first.
package struct Preprocessing: Sendable, Equatable {
  /// The order in which a network reads three colour channels; files are taken to hold RGB.
  package enum ChannelOrder: String, Sendable, CaseIterable { case rgb, bgr }

  /// How a file of arrays lays out its samples; CIFAR files are always `nchw`.
  package enum Layout: String, Sendable, CaseIterable { case nchw, nhwc }

  package var scale: Float
  package var mean: [Float]
  package var deviation: [Float]
  package var channelOrder: ChannelOrder
  package var layout: Layout
  /// What is done to image files before; arrays stay as they are.
  package var geometry: ImageGeometry
  /// Channels that image files become: 3, or 1 for grey. Arrays stay as they are.
  package var imageChannels = 3

  package init(
    scale: Float = 1, mean: [Float] = [0], deviation: [Float] = [1],
    channelOrder: ChannelOrder = .rgb, layout: Layout = .nchw, geometry: ImageGeometry = .none
  ) {
    self.scale = scale
    self.mean = mean
    self.deviation = deviation
    self.channelOrder = channelOrder
    self.layout = layout
    self.geometry = geometry
  }

  /// Values as they are in the file.
  package static let none = Preprocessing()
  /// Bytes to 0…1.
  package static let unit = Preprocessing(scale: 1 / 255)
  /// Image files to a short side of 256 and the middle of it; bytes to 0…1, then the channel
  /// statistics of ImageNet.
  package static let imagenet = Preprocessing(
    scale: 1 / 255, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225],
    geometry: ImageGeometry(resize: .shortSide(256), crop: .input))
  /// What published CIFAR-10 networks usually expect: the numbers of `imagenet`.
  package static let cifar10 = Preprocessing(
    scale: imagenet.scale, mean: imagenet.mean, deviation: imagenet.deviation)

  /// The names of the presets.
  package static let presetNames = ["none", "unit", "cifar10", "imagenet"]

  /// A preset by its name; nil for a name that is not in `presetNames`.
  package init?(preset name: String) {
    switch name {
    case "none": self = .none
    case "unit": self = .unit
    case "cifar10": self = .cifar10
    case "imagenet": self = .imagenet
    default: return nil
    }
  }
}

extension Preprocessing: CustomStringConvertible {
  /// A canonical text: equal texts mean equal preprocessing.
  package var description: String {
    "scale=\(scale) mean=\(mean) std=\(deviation) channels=\(channelOrder) layout=\(layout)"
      + (geometry == .none ? "" : " resize=\(geometry.resize) crop=\(geometry.crop)")
      + (imageChannels == 3 ? "" : " grey")
  }
}
