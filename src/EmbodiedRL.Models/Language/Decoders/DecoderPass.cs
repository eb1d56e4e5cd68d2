using EmbodiedRL.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.Decoders;

/// <summary>What all layers of one pass share: turned positions, what may be seen, and the cache.</summary>
/// <param name="Cos">[B, 1, T, D / 2] or [1, 1, T, D / 2].</param>
/// <param name="Sin">The same.</param>
/// <param name="Mask">Added to scores, [B or 1, 1, T, S]: 0 where a token may look, else very negative; null for everywhere.</param>
/// <param name="Cache">Of keys and values read before; null for none.</param>
internal sealed record DecoderPass(Tensor Cos, Tensor Sin, Tensor? Mask, KeyValueCache? Cache);
