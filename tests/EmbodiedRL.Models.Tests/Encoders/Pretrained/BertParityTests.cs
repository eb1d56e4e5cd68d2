using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Encoders.Pretrained;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Encoders.Pretrained;

/// <summary>BERT of random weights against transformers.</summary>
[Trait("Category", "Parity")]
public sealed class BertParityTests
{
    // relative to one plus the largest value
    private const double Value = 1e-5, Gradient = 2e-5;

    public static TheoryData<string> Folders
    {
        get
        {
            string root = Path.Combine(Fixtures.Root, "language", "bert");
            string[] found = Directory.Exists(root)
                ? [.. Directory.EnumerateFiles(root, "config.json", SearchOption.AllDirectories)
                    .Select(path => Path.GetRelativePath(Fixtures.Root, Path.GetDirectoryName(path)!)).Order(StringComparer.Ordinal)]
                : [];
            return [.. found.Length > 0 ? found : ["language/bert/tiny"]];
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void States_embeddings_and_gradients_are_those_of_the_library(string folder)
    {
        using var expected = Expected.Read(folder, "expected.safetensors");
        using DisposeScope scope = NewDisposeScope();
        using Bert model = PretrainedFolder.LoadBert(Fixtures.Require(folder));
        model.Weights.RequireGradients();
        Tensor mask = expected["attention_mask"], there = mask.unsqueeze(2);
        var trace = new TowerTrace();
        Tensor tokens = model.Encode(expected["input_ids"], mask, expected["token_type_ids"], trace);
        for (int i = 0; i < trace.States.Count; i++) expected.Compare($"hidden_states.{i}", trace.States[i], Value, Value, there);
        Tensor mean = Bert.MeanPool(tokens, mask);
        expected.Compare("mean_pooled_normalised", mean, Value, Value);
        if (expected.Find("pooler_output") is not null) expected.Compare("pooler_output", model.Pool(tokens), Value, Value);

        (mean * expected["loss_weights"]).sum().backward();
        foreach (string name in expected.Names.Where(name => name.StartsWith("grad.", StringComparison.Ordinal)))
            expected.Compare(name, model.Weights.Tensors[name["grad.".Length..]].grad, Gradient, Gradient);
    }
}
