namespace EmbodiedRL.Models.Weights;

/// <summary>Pickle files of PyTorch: never read, because reading one runs whatever code it holds.</summary>
public static class Pickles
{
    private static readonly string[] Patterns = ["pytorch_model*.bin", "open_clip_pytorch_model*.bin", "*.pt", "*.pth", "*.ckpt"];

    /// <summary>The first pickle of a folder; null if there is none.</summary>
    public static string? Find(string folder) => Patterns
        .SelectMany(pattern => Directory.EnumerateFiles(folder, pattern))
        .Order(StringComparer.Ordinal)
        .FirstOrDefault();

    /// <summary>The line that converts a pickle to safetensors, where Python is.</summary>
    public static string Hint(string path)
    {
        string target = Path.GetFileName(path).StartsWith("open_clip", StringComparison.Ordinal) ? "open_clip_model" : "model";
        return $"Convert it once, where you trust it: python -c \"import torch, safetensors.torch as s; "
            + $"s.save_file({{k: v.contiguous() for k, v in torch.load('{Path.GetFileName(path)}', weights_only=True).items()}}, "
            + $"'{target}.safetensors')\"";
    }
}
