using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Rewards.Exploration;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Tests.Exploration;

/// <summary>Exploration bonuses against numbers of other implementations.</summary>
[Trait("Category", "Parity")]
public sealed class ExplorationParityTests
{
    private const double Float = 1e-5, Double = 1e-9;

    static ExplorationParityTests() => TorchRuntime.EnsureLoaded(); // some tests make a tensor before they touch a model

    public static TheoryData<string> Rnd => [.. Fixtures.Family("learning", "rnd*.json")];

    public static TheoryData<string> Icm => [.. Fixtures.Family("learning", "icm*.json")];

    public static TheoryData<string> E3b => [.. Fixtures.Family("learning", "e3b*.json")];

    public static TheoryData<string> Ngu => [.. Fixtures.Family("learning", "ngu_kernel*.json")];

    public static TheoryData<string> Novelty => [.. Fixtures.Family("learning", "novelty*.json")];

    [Theory, MemberData(nameof(Rnd))]
    public void Distillation_bonuses_are_scaled_along_time(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file), inputs = fixture.GetProperty("inputs"), expected = fixture.GetProperty("expected");
        var scale = new DiscountedSumScale(inputs.GetProperty("int_gamma").GetDouble());
        JsonElement[] right = [.. expected.GetProperty("rollouts_along_time").EnumerateArray()],
            across = [.. expected.GetProperty("rollouts").EnumerateArray()];
        for (int rollout = 0; rollout < right.Length; rollout++)
        {
            int count = inputs.GetProperty("target")[rollout][0].GetArrayLength();
            using DisposeScope scope = NewDisposeScope();
            float[] errors = new float[Flat(expected.GetProperty("raw_error")[rollout]).Length];
            TensorSpans.Read(DistillationLoss.Errors(Rows(inputs.GetProperty("predictor")[rollout]),
                Rows(inputs.GetProperty("target")[rollout])), errors);
            Near(Flat(expected.GetProperty("raw_error")[rollout]), errors, Float);
            scale.Apply(errors, count, frozen: false);
            Near(Flat(right[rollout].GetProperty("normalised")), errors, Float);
            Assert.Equal(right[rollout].GetProperty("var").GetDouble(), scale.Deviation * scale.Deviation,
                Float * right[rollout].GetProperty("var").GetDouble());
            Assert.NotEqual(Flat(across[rollout].GetProperty("normalised"))[0], errors[0], 1e-3); // the filter over environments
        }
    }

    [Theory, MemberData(nameof(Rnd))]
    public void The_distillation_loss_is_masked(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file), inputs = fixture.GetProperty("inputs"),
            expected = fixture.GetProperty("expected").GetProperty("distillation");
        using DisposeScope scope = NewDisposeScope();
        Tensor predicted = Rows(inputs.GetProperty("predictor")[0]).requires_grad_(true),
            target = Rows(inputs.GetProperty("target")[0]).requires_grad_(true);
        Tensor loss = DistillationLoss.Mean(predicted, target, tensor(Floats(inputs.GetProperty("loss_mask"))));
        loss.backward();
        Assert.Equal(expected.GetProperty("loss").GetDouble(), loss.ToDouble(), Float);
        Near(Flat(expected.GetProperty("grad_predictor")), Values(predicted.grad!), Float);
        Assert.Null(target.grad);
    }

    [Theory, MemberData(nameof(Icm))]
    public void Curiosity_is_that_of_the_paper(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file), inputs = fixture.GetProperty("inputs"), expected = fixture.GetProperty("expected"),
            paper = expected.GetProperty("paper");
        using DisposeScope scope = NewDisposeScope();
        Tensor predicted = Rows(inputs.GetProperty("predicted_next")), next = Rows(inputs.GetProperty("next")),
            logits = Rows(inputs.GetProperty("action_logits")).requires_grad_(true);
        Tensor bonus = CuriosityLosses.Bonus(predicted, next, inputs.GetProperty("eta").GetDouble());
        Near(Flat(paper.GetProperty("bonus")), Values(bonus), Float);
        Assert.Equal(paper.GetProperty("forward_loss").GetDouble(), CuriosityLosses.Forward(predicted, next).ToDouble(), Float);

        Tensor actions = nn.functional.one_hot(tensor(Array.ConvertAll(Flat(inputs.GetProperty("actions")), choice => (long)choice)),
            logits.shape[1]).to(ScalarType.Float32);
        Tensor inverse = CuriosityLosses.Inverse(logits, actions, isDiscrete: true);
        inverse.backward();
        Assert.Equal(paper.GetProperty("inverse_loss").GetDouble(), inverse.ToDouble(), Float);
        // the library sums over steps where the paper takes a mean
        int steps = inputs.GetProperty("actions").GetArrayLength();
        Near(Flat(expected.GetProperty("grad_logits")), Array.ConvertAll(Values(logits.grad!), value => value * steps), Float);
        Assert.Equal(expected.GetProperty("inverse_loss_torchbeast").GetDouble(), inverse.ToDouble() * steps, 10 * Float);
    }

    [Theory, MemberData(nameof(E3b))]
    public void Elliptical_bonuses_are_read_before_the_update(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file), inputs = fixture.GetProperty("inputs"), expected = fixture.GetProperty("expected");
        int[] starts = inputs.GetProperty("episode_starts").Deserialize<int[]>()!;
        float[][] features = inputs.GetProperty("features").Rows();
        double[] bonus = expected.GetProperty("bonus").Numbers(), next = inputs.GetProperty("error_next").Numbers(),
            current = inputs.GetProperty("error_current").Numbers();
        EllipticalMemory memory = null!;
        for (int step = 0; step < features.Length; step++)
        {
            if (starts.Contains(step)) memory = new EllipticalMemory(features[step].Length, inputs.GetProperty("ridge").GetDouble());
            double found = memory.Add(features[step]);
            Assert.Equal(bonus[step], found, Double * Math.Max(1, bonus[step]));
            double[] inverse = Flat(expected.GetProperty("inverse_after")[step]);
            for (int i = 0; i < inverse.Length; i++)
                Assert.Equal(inverse[i], memory.Inverse[i], Double * Math.Max(1, Math.Abs(inverse[i])));
            void Same(string key, double value) => Assert.Equal(expected.GetProperty(key)[step].GetDouble(), value, Double * 100);
            Same("noveld_c01", GlobalEpisodicBonus.Novelty(next[step], current[step], 0.1));
            Same("noveld_c05", GlobalEpisodicBonus.Novelty(next[step], current[step], 0.5));
            Same("product_c0", found * GlobalEpisodicBonus.Novelty(next[step], current[step], 0));
        }
    }

    [Theory, MemberData(nameof(E3b))]
    public async Task Counts_are_those_of_the_second_implementation(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file), inputs = fixture.GetProperty("inputs");
        int[] starts = inputs.GetProperty("episode_starts").Deserialize<int[]>()!;
        double[] keys = inputs.GetProperty("keys").Numbers();
        JsonElement[] counts = [.. fixture.GetProperty("expected").GetProperty("counts").EnumerateArray()];
        var walk = new Walk(1, Walk.Line());
        using var episodic = new CountBonus("counts", new CountOptions { Width = [1], Over = CountOptions.Episode }, Walk.Line());
        using var both = new GlobalEpisodicBonus("both",
            new GlobalEpisodicOptions { Episodic = "first-visit", Global = "count", Width = [1], Normalize = false }, Walk.Line());
        for (int step = 0; step < keys.Length; step++)
        {
            TrajectoryBatch batch = walk.Rollout(1, (_, _) => [(float)keys[step]], (_, _) => starts.Contains(step + 1));
            Assert.Equal(counts[step].GetProperty("episodic_inverse_sqrt").GetDouble(), (await Walk.Score(episodic, batch))[0], Float);
            Assert.Equal(counts[step].GetProperty("first_visit_times_global").GetDouble(), (await Walk.Score(both, batch))[0], Float);
        }
    }

    [Theory, MemberData(nameof(Ngu))]
    public void The_kernel_of_nearest_neighbors_is_the_papers(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file), inputs = fixture.GetProperty("inputs"), expected = fixture.GetProperty("expected");
        float[][] embeddings = inputs.GetProperty("embeddings").Rows();
        var memory = new EpisodicKernel(embeddings[0].Length, new EpisodicKernelSettings(inputs.GetProperty("k").GetInt32(),
            inputs.GetProperty("epsilon").GetDouble(), inputs.GetProperty("pseudo_count").GetDouble(),
            inputs.GetProperty("cluster_distance").GetDouble(), inputs.GetProperty("maximum_similarity").GetDouble()));
        double[] bonus = expected.GetProperty("bonus").Numbers();
        for (int step = 0; step < embeddings.Length; step++)
            Assert.Equal(bonus[step], memory.Add(embeddings[step]), Double * Math.Max(1, bonus[step]));
        Assert.Equal(expected.GetProperty("final_mean_squared_distance").GetDouble(), memory.MeanSquaredDistance, Double);
    }

    [Theory, MemberData(nameof(Novelty))]
    public void Novelty_is_the_mean_distance_to_the_nearest(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file), inputs = fixture.GetProperty("inputs"), expected = fixture.GetProperty("expected");
        float[][] members = inputs.GetProperty("archive").Rows(), queries = inputs.GetProperty("queries").Rows();
        int k = inputs.GetProperty("k").GetInt32();
        var archive = new NoveltyArchive(members[0].Length, members.Length);
        var rng = Core.Rng.For(1, "offers");
        foreach (float[] member in members) archive.Offer(member, ref rng);
        double[] novelty = expected.GetProperty("novelty").Numbers(),
            inside = expected.GetProperty("novelty_inside_archive_without_self").Numbers();
        var nearest = new NearestNeighbors(k);
        for (int i = 0; i < queries.Length; i++)
        {
            Assert.Equal(novelty[i], NoveltyArchive.Novelty(queries[i], archive.Members, k), Double);
            nearest.Find(queries[i], archive.Members);
            Assert.Equal(expected.GetProperty("neighbours")[i].Deserialize<int[]>()!, nearest.Rows);
        }

        for (int i = 0; i < members.Length; i++)
            Assert.Equal(inside[i], NoveltyArchive.Novelty(members[i], archive.Members, k, except: i), Double);
    }

    private static void Near(double[] expected, float[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], tolerance * Math.Max(1, Math.Abs(expected[i])));
    }

    private static double[] Flat(JsonElement nested) => nested.ValueKind == JsonValueKind.Array
        ? [.. nested.EnumerateArray().SelectMany(Flat)]
        : [nested.Number()];

    private static float[] Floats(JsonElement nested) => Array.ConvertAll(Flat(nested), value => (float)value);

    /// <summary>[T, B, K] as [T * B, K].</summary>
    private static Tensor Rows(JsonElement nested) =>
        tensor(Floats(nested)).reshape(-1, nested[0][0].GetArrayLength());

    private static float[] Values(Tensor values)
    {
        float[] all = new float[values.numel()];
        TensorSpans.Read(values.contiguous(), all);
        return all;
    }
}
