using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.LowRank;

/// <summary>Low-rank adapter (LoRA): small matrices beside linear layers that are trained in place of the model's weights.</summary>
/// <remarks>
/// While it is attached only its own matrices need gradients; <see cref="Dispose"/> takes it off and lets the weights be trained that could
/// be before. Stored as Hugging Face's PEFT does. Owns its matrices; the model is borrowed. Not thread-safe.
/// </remarks>
[Paper("2106.09685", "LoRA: Low-Rank Adaptation of Large Language Models", Year = 2021)]
public sealed class LowRankAdapter : IDisposable
{
    private const string ConfigFile = "adapter_config.json", Stem = "adapter_model", Prefix = "base_model.model.",
        First = ".lora_A.weight", Second = ".lora_B.weight", Remedy = "Save the adapter again.";

    private readonly List<(string Name, LinearLayer Layer, LowRankChange Change)> _changes = [];
    private readonly List<Parameter> _frozen = [];
    private bool _merged;

    private LowRankAdapter(LowRankSettings settings) => Settings = settings;

    /// <summary>Sizes.</summary>
    public LowRankSettings Settings { get; }

    /// <summary>Matrices to be trained, by PEFT's names without its prefix; lent.</summary>
    public IEnumerable<(string Name, Parameter Weight)> Weights =>
        _changes.SelectMany(change => ((string, Parameter)[])
            [(change.Name + First, change.Change.First), (change.Name + Second, change.Change.Second)]);

    /// <summary>Names of the layers that are changed.</summary>
    public IEnumerable<string> Layers => _changes.Select(change => change.Name);

    /// <summary>Attaches a new adapter; the model's outputs stay as they are, as B is zero.</summary>
    /// <param name="module">The model's.</param>
    /// <param name="settings">Sizes and layers.</param>
    /// <param name="seed">Of A, which is uniform within 1 / sqrt(in).</param>
    /// <returns>The caller disposes it, before the model.</returns>
    /// <exception cref="SettingsException">Settings are not valid.</exception>
    /// <exception cref="UnknownNameException">A target names no linear layer of the model.</exception>
    public static LowRankAdapter Attach(nn.Module module, LowRankSettings settings, ulong seed)
    {
        string[] violations = [.. settings.Violations()];
        if (violations.Length > 0) throw new SettingsException("low-rank adapter", violations);
        Dictionary<string, LinearLayer> layers = LayersOf(module);
        foreach (string target in settings.Targets)
            if (!layers.Keys.Any(name => Matches(name, target)))
                throw new UnknownNameException("linear layer", target, layers.Keys.Select(name => name.Split('.')[^1]).Distinct());
        return Make(module, settings, layers.Where(pair => settings.Targets.Any(target => Matches(pair.Key, target))),
            settings.Alpha / settings.Rank, (name, shape) =>
            {
                float[] values = new float[shape[0] * shape[1]];
                if (name.EndsWith(Second, StringComparison.Ordinal)) return values;
                var rng = Rng.For(seed, name);
                double most = 1 / Math.Sqrt(shape[1]);
                for (int i = 0; i < values.Length; i++) values[i] = (float)rng.Uniform(-most, most);
                return values;
            });
    }

    /// <summary>Attaches a stored adapter.</summary>
    /// <param name="module">The model's.</param>
    /// <param name="folder">Holds <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</param>
    /// <returns>The caller disposes it, before the model.</returns>
    /// <exception cref="AssetMissingException">A file is not there.</exception>
    /// <exception cref="CorruptFileException">A file is altered, of another kind of adapter, or does not fit the model.</exception>
    public static LowRankAdapter Load(nn.Module module, string folder)
    {
        ConfigReader config = ConfigReader.Read(Path.Combine(folder, ConfigFile));
        string kind = config.Text("peft_type", "LORA");
        if (kind != "LORA") throw config.Wrong("peft_type", "LORA", $"'{kind}', which is not supported");
        foreach (string key in (string[])["use_dora", "fan_in_fan_out"])
            if (config.Flag(key, false)) throw config.Wrong(key, "false", "true, which is not supported");
        string bias = config.Text("bias", "none");
        if (bias != "none") throw config.Wrong("bias", "none", $"'{bias}', which is not supported");
        int rank = config.Integer("r", 8);
        double alpha = config.Number("lora_alpha", 8, 1e-9, 1e9);
        using var file = ModelWeights.Open(folder, Stem);
        Dictionary<string, LinearLayer> layers = LayersOf(module);
        var chosen = new Dictionary<string, LinearLayer>(StringComparer.Ordinal);
        foreach (string name in file.Names)
        {
            string ending = name.EndsWith(First, StringComparison.Ordinal) ? First : Second;
            string layer = name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(ending, StringComparison.Ordinal)
                ? name[Prefix.Length..^ending.Length] : "";
            if (!layers.TryGetValue(layer, out LinearLayer? found))
                throw new CorruptFileException(file.PathOf(name), "matrices of linear layers of the model", $"'{name}'",
                    "Attach the adapter to the model that it was trained with.");
            chosen[layer] = found;
        }

        var settings = new LowRankSettings
        {
            Rank = rank,
            Alpha = alpha,
            Targets = [.. chosen.Keys.Select(name => name.Split('.')[^1]).Distinct().Order(StringComparer.Ordinal)],
        };
        return Make(module, settings, chosen, config.Flag("use_rslora", false) ? alpha / Math.Sqrt(rank) : alpha / rank, (name, shape) =>
        {
            StoredTensor stored = file.Find(Prefix + name)
                ?? throw new CorruptFileException(file.Path, $"a tensor '{Prefix + name}'", "none", Remedy);
            if (!stored.Shape.SequenceEqual(shape) || stored.FirstNonFinite() >= 0)
                throw new CorruptFileException(file.Path, $"finite numbers of shape [{string.Join(", ", shape)}] in '{stored.Name}'",
                    $"[{string.Join(", ", stored.Shape)}]", Remedy);
            return stored.Floats();
        });
    }

    /// <summary>Writes the adapter in PEFT's layout.</summary>
    /// <param name="folder">Must exist.</param>
    /// <param name="baseModel">What the model is called.</param>
    public void Save(string folder, string baseModel = "")
    {
        using DisposeScope scope = NewDisposeScope();
        Safetensors.Write(Path.Combine(folder, Stem + ".safetensors"), Weights.Select(
            pair => TensorMemory.Store(Prefix + pair.Name, pair.Weight.detach().to(ScalarType.Float32).cpu().contiguous())),
            new Dictionary<string, string> { ["format"] = "pt" });
        using FileStream stream = File.Create(Path.Combine(folder, ConfigFile));
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("base_model_name_or_path", baseModel);
        writer.WriteString("bias", "none");
        writer.WriteBoolean("fan_in_fan_out", false);
        writer.WriteBoolean("inference_mode", true);
        writer.WriteNumber("lora_alpha", Settings.Alpha);
        writer.WriteNumber("lora_dropout", 0);
        writer.WriteString("peft_type", "LORA");
        writer.WriteNumber("r", Settings.Rank);
        writer.WriteStartArray("target_modules");
        foreach (string target in Settings.Targets) writer.WriteStringValue(target);
        writer.WriteEndArray();
        writer.WriteString("task_type", "CAUSAL_LM");
        writer.WriteBoolean("use_rslora", false);
        writer.WriteEndObject();
    }

    /// <summary>Leaves the adapter out until the answer is disposed: a reference pass of the model as it was.</summary>
    /// <exception cref="InvalidOperationException">It is merged into the weights.</exception>
    public IDisposable Disabled()
    {
        if (_merged) throw new InvalidOperationException("The adapter is merged into the weights; unmerge it first.");
        var before = _changes.ConvertAll(change => change.Change.IsOn);
        Switch(false);
        return new Scope(() =>
        {
            for (int i = 0; i < before.Count; i++) _changes[i].Change.IsOn = before[i];
        });
    }

    /// <summary>Adds the changes to the weights themselves; the model computes the same, faster.</summary>
    public void Merge()
    {
        if (_merged) return;
        AddToWeights(1);
        _merged = true;
        Switch(false);
    }

    /// <summary>Takes the changes out of the weights again, up to rounding.</summary>
    public void Unmerge()
    {
        if (!_merged) return;
        AddToWeights(-1);
        _merged = false;
        Switch(true);
    }

    /// <summary>Takes the adapter off; what was merged stays in the weights.</summary>
    public void Dispose()
    {
        foreach ((_, LinearLayer layer, LowRankChange change) in _changes)
        {
            layer.Change = null;
            change.First.Dispose();
            change.Second.Dispose();
        }

        foreach (Parameter weight in _frozen) weight.requires_grad_(true);
        _changes.Clear();
        _frozen.Clear();
    }

    private static LowRankAdapter Make(nn.Module module, LowRankSettings settings, IEnumerable<KeyValuePair<string, LinearLayer>> layers,
        double scale, Func<string, long[], float[]> values)
    {
        var adapter = new LowRankAdapter(settings);
        try
        {
            foreach ((string name, LinearLayer layer) in layers.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                if (layer.Change is not null)
                    throw new SpecMismatchException($"layer {name}", "one without an adapter", "one that has an adapter already");
                long outputs = layer.Weight.shape[0], inputs = layer.Weight.shape[1];
                Parameter New(string ending, params long[] shape)
                {
                    using DisposeScope scope = NewDisposeScope();
                    float[] drawn = values(name + ending, shape);
                    return FlatParameters.Take(tensor(drawn, shape).to(layer.Weight.dtype).to(layer.Weight.device));
                }

                var change = new LowRankChange(New(First, settings.Rank, inputs), New(Second, outputs, settings.Rank), scale);
                layer.Change = change;
                adapter._changes.Add((name, layer, change));
            }

            foreach (Parameter weight in module.parameters())
            {
                if (!weight.requires_grad) continue;
                weight.requires_grad_(false);
                adapter._frozen.Add(weight);
            }

            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    // TorchSharp registers the fields behind properties too, by the compiler's names for them
    private static Dictionary<string, LinearLayer> LayersOf(nn.Module module)
    {
        var layers = new Dictionary<string, LinearLayer>(StringComparer.Ordinal);
        void Add(nn.Module part, string path)
        {
            foreach ((string name, nn.Module child) in part.named_children())
            {
                if (name.Contains('<', StringComparison.Ordinal)) continue;
                if (child is LinearLayer layer) layers[path + name] = layer;
                else Add(child, $"{path}{name}.");
            }
        }

        Add(module, "");
        return layers;
    }

    private static bool Matches(string name, string target) =>
        name == target || name.EndsWith("." + target, StringComparison.Ordinal);

    private void Switch(bool isOn)
    {
        foreach ((_, _, LowRankChange change) in _changes) change.IsOn = isOn;
    }

    private void AddToWeights(double sign)
    {
        using IDisposable still = no_grad();
        foreach ((_, LinearLayer layer, LowRankChange change) in _changes)
        {
            using DisposeScope scope = NewDisposeScope();
            layer.Weight.add_(change.Product() * sign);
        }
    }

    private sealed class Scope(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose()
        {
            _end?.Invoke();
            _end = null;
        }
    }
}
