using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Weights;
using EmbodiedRL.Rewards.Learned;

namespace EmbodiedRL.Rewards.Tests.Learned;

/// <summary>A trained reward as a file: it scores bit for bit as it did, and what does not fit is refused with both sides named.</summary>
[NoTensorLeaks]
public sealed class LearnedRecordTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("learned").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("preference")]
    [InlineData("success-classifier")]
    [InlineData("progress")]
    public async Task A_file_brings_it_back_bit_for_bit(string kind)
    {
        float[] before;
        using (EnsembleReward trained = await TrainedAsync(kind)) before = await ScoreAsync(trained);
        Assert.True(before.Distinct().Count() > 100);
        using EnsembleReward loaded = Make(kind, LearnedRecord.WeightsFile);
        Assert.Equal(before, await ScoreAsync(loaded));
        Assert.Equal((true, ScoreScope.Row, BatchFields.States), (loaded.IsTrained, loaded.Spec.Scope, loaded.Spec.Reads));

        // nobody teaches it, so nothing changes it
        using var rollouts = new FastRollouts();
        await rollouts.TeachAsync(loaded, 2);
        Assert.Equal(before, await ScoreAsync(loaded));
        using JsonDocument record = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, LearnedRecord.RecordFile)));
        Assert.Equal((kind, "fast", "c0ffee"), (record.RootElement.GetProperty("kind").GetString(),
            record.RootElement.GetProperty("environment").GetString(),
            record.RootElement.GetProperty("data").GetProperty("some.parquet").GetString()));
    }

    [Fact]
    public async Task A_run_can_go_on_teaching_it()
    {
        (await TrainedAsync("preference")).Dispose();
        using var loaded = new PreferenceReward(Preference with { File = LearnedRecord.WeightsFile, Teacher = "task" },
            FastRollouts.Context(_folder));
        float[] before = await ScoreAsync(loaded);
        using var rollouts = new FastRollouts();
        await rollouts.TeachAsync(loaded, 2);
        Assert.NotEqual(before, await ScoreAsync(loaded));
        Assert.Equal(ScoreScope.History, loaded.Spec.Scope);
    }

    [Fact]
    public async Task What_does_not_fit_is_refused()
    {
        (await TrainedAsync("preference")).Dispose();
        Refused<AssetMissingException>("The trained reward of term 'learned' was not found", () => Make("preference", "none.safetensors"));
        Refused<AssetMissingException>("which is a folder", () => Make("preference", "."));
        Refused<SpecMismatchException>("one of the source 'progress', found 'preference'",
            () => Make("progress", LearnedRecord.WeightsFile));
        Refused<SpecMismatchException>("one that reads 'features', as its option input says, found 'state'", () =>
            new PreferenceReward(Preference with { File = LearnedRecord.WeightsFile, Input = "features" }, FastRollouts.Context(_folder)));
        RewardContext other = FastRollouts.Context(_folder) with
        {
            Info = FastEnv.Describe() with { Name = "other", State = new StateSpec(new FieldSpec("hand", 3)) },
        };
        Refused<SpecMismatchException>(
            "one that reads 3 numbers of 'other' (hand[0], hand[1], hand[2]), found one that reads 2 numbers of 'fast' (point/position, "
                + "point/velocity)", () => new PreferenceReward(Preference with { File = LearnedRecord.WeightsFile }, other));
        Safetensors.Write(Path.Combine(_folder, "plain.safetensors"), [StoredTensor.Of<float>("a", [1], [1])]);
        Refused<CorruptFileException>("expected a trained reward", () => Make("preference", "plain.safetensors"));
    }

    [Theory]
    [InlineData("nan", "finite numbers in 'weights/member1.0.weight'")]
    [InlineData("missing", "'weights/member1.0.weight' of shape [128, 2], found none of this name")]
    [InlineData("shape", "'weights/member1.0.weight' of shape [128, 2], found [256]")]
    [InlineData("cut", "")]
    public async Task Damaged_weights_are_refused(string damage, string says)
    {
        (await TrainedAsync("preference")).Dispose();
        string path = Path.Combine(_folder, LearnedRecord.WeightsFile);
        using (Safetensors whole = Safetensors.Read(path))
        {
            const string name = "weights/member1.0.weight";
            float[] values = whole[name].Floats();
            if (damage == "nan") values[5] = float.NaN;
            long[] shape = damage == "shape" ? [256] : [128, 2];
            IEnumerable<StoredTensor> others = whole.Tensors.Values.Where(tensor => tensor.Name != name);
            if (damage == "cut") File.WriteAllBytes(path, File.ReadAllBytes(path)[..^100]);
            else
                Safetensors.Write(path, damage == "missing" ? others : others.Append(StoredTensor.Of<float>(name, shape, values)),
                    whole.Metadata);
        }

        Refused<CorruptFileException>(says, () => Make("preference", LearnedRecord.WeightsFile));
    }

    [Fact]
    public async Task A_person_teaches_by_a_file()
    {
        using var rollouts = new FastRollouts();
        string path = Path.Combine(_folder, "answers.jsonl");
        PreferenceHeader header = Header();
        using (PreferenceFile file = PreferenceFile.Open(path, header))
        {
            TrajectoryBatch batch = rollouts.Next();
            for (int pair = 0; pair < 120; pair++)
            {
                if (pair > 0 && pair % 8 == 0) batch = rollouts.Next();
                (float[][] left, float[][] right) = (Segment(batch, pair % 8), Segment(batch, (pair % 8) + 8));
                double difference = left.Sum(Truth) - right.Sum(Truth);
                string answer = pair == 7 ? "skip" : Math.Abs(difference) < 0.1 ? "equal" : difference > 0 ? "left" : "right";
                file.Append(new PreferenceAnswer { Pair = pair, Answer = answer, Left = left, Right = right });
            }
        }

        // a segment's length is the file's
        using var reward = new PreferenceReward(Preference with { Labels = "answers.jsonl", Segment = 25, Passes = 200 },
            FastRollouts.Context(_folder));
        Assert.Equal((119, true, ScoreScope.Row), (reward.Labels, reward.IsTrained, reward.Spec.Scope));
        double rank = await FastRollouts.RankAsync(reward, (position, velocity) => 1 - (position * position) - (0.1 * velocity * velocity));
        Assert.True(rank > 0.85, $"{rank}");

        RewardContext other = FastRollouts.Context(_folder) with
        {
            Info = FastEnv.Describe() with { Name = "other", State = new StateSpec(new FieldSpec("hand", 3)) },
        };
        Refused<SpecMismatchException>("3 numbers of 'other'",
            () => new PreferenceReward(Preference with { Labels = "answers.jsonl" }, other));
        Refused<AssetMissingException>("rewards label",
            () => new PreferenceReward(Preference with { Labels = "none.jsonl" }, FastRollouts.Context(_folder)));

        static double Truth(float[] state) => 1 - (state[0] * state[0]) - (0.1 * state[1] * state[1]);

        static float[][] Segment(TrajectoryBatch batch, int environment) =>
            [.. Enumerable.Range(10, 10).Select(step => batch.States[(2 * ((step * batch.Count) + environment))..][..2])];
    }

    private static PreferenceOptions Preference => new() { Segment = 10, Budget = 60, Queries = 60, Steps = 40 };

    private static PreferenceHeader Header() =>
        new() { Environment = "fast", Names = ["point/position", "point/velocity"], Segment = 10, Policy = "random", Seed = 1 };

    private async Task<EnsembleReward> TrainedAsync(string kind)
    {
        EnsembleReward reward = Make(kind, "");
        using var rollouts = new FastRollouts(FastRollouts.Spring);
        await rollouts.TeachAsync(reward, 3);
        reward.Write(_folder, new Dictionary<string, string> { ["some.parquet"] = "c0ffee" }, new Dictionary<string, string>(),
            new Dictionary<string, JsonElement>());
        return reward;
    }

    private EnsembleReward Make(string kind, string file) => kind switch
    {
        "preference" => new PreferenceReward(Preference with { File = file }, FastRollouts.Context(_folder)),
        "progress" => new ProgressReward(new ProgressOptions { File = file, Steps = 40 }, FastRollouts.Context(_folder)),
        _ => new SuccessClassifier(new SuccessClassifierOptions { File = file, Steps = 40 }, FastRollouts.Context(_folder)),
    };

    private static async Task<float[]> ScoreAsync(IReward reward)
    {
        TrajectoryBatch batch = FastRollouts.StatesApart();
        float[] scores = new float[batch.Rows];
        await reward.ScoreAsync(batch, scores, ScoreContext.Preview());
        return scores;
    }

    private static void Refused<T>(string says, Func<EnsembleReward> make) where T : EmbodiedException =>
        Assert.Contains(says, Assert.Throws<T>(() => make().Dispose()).Message, StringComparison.Ordinal);
}

public sealed class PreferenceFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("preferences").FullName;

    private string Path => System.IO.Path.Combine(_folder, "labels.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Answers_are_on_the_disk_and_a_restart_goes_on()
    {
        using (PreferenceFile file = PreferenceFile.Open(Path, Header))
        {
            file.Append(Answer(0, "left"));
            Assert.Single(PreferenceFile.Read(Path).Answers); // while it is still open
            file.Append(Answer(1, "skip"));
            Assert.Contains("pair: expected one without an answer, found 1",
                Assert.Throws<SettingsException>(() => file.Append(Answer(1, "left"))).Message, StringComparison.Ordinal);
            Assert.Contains("expected left, right, equal, skip, found 'both'",
                Assert.Throws<SettingsException>(() => file.Append(Answer(2, "both"))).Message, StringComparison.Ordinal);
        }

        using (PreferenceFile file = PreferenceFile.Open(Path, Header))
        {
            Assert.Equal((2, 1, 2), (file.Answered, file.Skipped, file.Next));
            file.Append(Answer(2, "equal"));
        }

        Assert.Equal([1f, null, 0.5f], PreferenceFile.Read(Path).Answers.Select(answer => answer.Label()));
    }

    [Fact]
    public void What_a_crash_cut_off_is_dropped_and_asked_again()
    {
        using (PreferenceFile file = PreferenceFile.Open(Path, Header))
            for (int pair = 0; pair < 3; pair++) file.Append(Answer(pair, "left"));
        byte[] whole = File.ReadAllBytes(Path);
        for (int cut = 1; cut < whole.Length; cut += 7)
        {
            File.WriteAllBytes(Path, whole[..^cut]);
            using (PreferenceFile file = PreferenceFile.Open(Path, Header))
                for (long pair = file.Next; pair < 3; pair = file.Next) file.Append(Answer(pair, "left"));
            Assert.Equal(whole, File.ReadAllBytes(Path));
        }
    }

    [Fact]
    public void Files_of_something_else_are_refused()
    {
        PreferenceFile.Open(Path, Header).Dispose();
        Assert.Contains("--segment of the preferences", Assert.Throws<SpecMismatchException>(() =>
            PreferenceFile.Open(Path, Header with { Segment = 3 })).Message, StringComparison.Ordinal);
        Assert.Contains("environment of the preferences", Assert.Throws<SpecMismatchException>(() =>
            PreferenceFile.Open(Path, Header with { Environment = "other" })).Message, StringComparison.Ordinal);
        using (PreferenceFile.Open(Path, Header))
            Assert.Contains("could not be opened for writing",
                Assert.Throws<EmbodiedException>(() => PreferenceFile.Open(Path, Header)).Message, StringComparison.Ordinal);
        File.AppendAllText(Path, "{\"pair\":0,\"answer\":\"left\",\"left\":[[1,2]],\"right\":[[1,2],[3,4]]}\n");
        Assert.Contains("in line 2",
            Assert.Throws<CorruptFileException>(() => PreferenceFile.Read(Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path, "nothing of this kind\n");
        Assert.Contains("a header in the first line",
            Assert.Throws<CorruptFileException>(() => PreferenceFile.Read(Path)).Message, StringComparison.Ordinal);
        Assert.Contains("a header in the first line",
            Assert.Throws<CorruptFileException>(() => PreferenceFile.Open(Path, Header)).Message, StringComparison.Ordinal);
    }

    private static PreferenceHeader Header =>
        new() { Environment = "fast", Names = ["a", "b"], Segment = 2, Policy = "random", Seed = 1 };

    private static PreferenceAnswer Answer(long pair, string answer) =>
        new() { Pair = pair, Answer = answer, Left = [[1, 2], [3, 4]], Right = [[5, 6], [7, 8.5f]] };
}
