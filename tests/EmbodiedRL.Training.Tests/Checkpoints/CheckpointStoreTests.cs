using System.Diagnostics;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Weights;
using EmbodiedRL.Simulation.Scenes;
using EmbodiedRL.Training.Checkpoints;

namespace EmbodiedRL.Training.Tests.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_put_away_comes_back_bit_for_bit()
    {
        var store = new CheckpointStore(_folder.Path, 3);
        Snapshot before = Sample(7);
        store.Save(12, before);
        (long update, Snapshot after) = store.LoadNewest();
        Assert.Equal(12, update);
        Assert.Equal(before.Entries.Keys, after.Entries.Keys);
        foreach ((string name, byte[] bytes) in before.Entries) Assert.Equal(bytes, after.Entries[name]);
        Assert.Equal(before.Weights["agent/actor"], after.Weights["agent/actor"]);
    }

    [Fact]
    public void Weights_are_a_file_that_other_tools_read()
    {
        new CheckpointStore(_folder.Path, 3).Save(1, Sample(7));
        Safetensors file = Safetensors.Read(Path.Combine(_folder.Path, "update-000001", "weights.safetensors"));
        Assert.Equal([2, 3], file["agent/actor"].Shape);
        Assert.Equal([7, 8, 9, 10, 11, 12], file["agent/actor"].Floats());
    }

    [Fact]
    public void Only_the_newest_few_stay()
    {
        var store = new CheckpointStore(_folder.Path, 2);
        foreach (long update in new long[] { 9, 10, 1_000_000, 11 }) store.Save(update, Sample(update));
        Assert.Equal([1_000_000, 11], store.Updates);
        Assert.Equal(1_000_000, store.LoadNewest().Update);
    }

    [Fact]
    public void What_an_interrupted_writer_left_is_no_checkpoint_and_goes()
    {
        var store = new CheckpointStore(_folder.Path, 2);
        store.Save(1, Sample(1));
        Directory.CreateDirectory(_folder["update-000002.tmp"]);
        Assert.Equal(1, store.LoadNewest().Update);
        Assert.Equal([1], new CheckpointStore(_folder.Path, 2).Updates);
        Assert.False(Directory.Exists(_folder["update-000002.tmp"]));
    }

    [Theory]
    [InlineData("state.msgpack", "cut")]
    [InlineData("state.msgpack", "flip")]
    [InlineData("state.msgpack", "foreign")]
    [InlineData("state.msgpack", "empty")]
    [InlineData("state.msgpack", "missing")]
    [InlineData("weights.safetensors", "cut")]
    [InlineData("weights.safetensors", "flip")]
    [InlineData("weights.safetensors", "missing")]
    public void Damage_is_named_with_the_older_one_that_is_whole(string file, string damage)
    {
        var store = new CheckpointStore(_folder.Path, 3);
        store.Save(1, Sample(1));
        store.Save(2, Sample(2));
        store.Save(3, Sample(3));
        Damage(_folder[$"update-000003/{file}"], damage);
        Damage(_folder["update-000002/state.msgpack"], "cut");
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => store.LoadNewest());
        Assert.Contains($"update-000003/{file}", error.Message, StringComparison.Ordinal);
        Assert.Contains("update-000001 is whole", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_whole_one_it_says_so()
    {
        var store = new CheckpointStore(_folder.Path, 3);
        Assert.Throws<AssetMissingException>(() => store.LoadNewest());
        store.Save(1, Sample(1));
        Damage(_folder["update-000001/state.msgpack"], "flip");
        Assert.Contains("No older checkpoint is whole",
            Assert.Throws<CorruptFileException>(() => store.LoadNewest()).Message, StringComparison.Ordinal);
    }

    /// <summary>A checkpoint of another update under this name was not written here.</summary>
    [Fact]
    public void A_renamed_checkpoint_is_refused()
    {
        var store = new CheckpointStore(_folder.Path, 3);
        store.Save(1, Sample(1));
        Directory.Move(_folder["update-000001"], _folder["update-000005"]);
        Assert.Contains("update 1", Assert.Throws<CorruptFileException>(() => store.LoadNewest()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_fills_leaves_the_earlier_ones_whole()
    {
        string disk = _folder["disk"];
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(Mount("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk), "Only root may mount a small disk.");
        try
        {
            var store = new CheckpointStore(Path.Combine(disk, "checkpoints"), 3);
            store.Save(1, Sample(1));
            var large = new Snapshot();
            large.PutWeights("agent/actor", [100_000], new float[100_000]);
            EmbodiedException error = Assert.Throws<EmbodiedException>(() => store.Save(2, large));
            Assert.Contains("update-000002", error.Message, StringComparison.Ordinal);
            Assert.Equal([1], store.Updates);
            Assert.Equal(1, store.LoadNewest().Update);
            store.Save(3, Sample(3)); // and there is room again
            Assert.Equal([3, 1], store.Updates);
        }
        finally
        {
            Mount("umount", disk);
        }
    }

    private static Snapshot Sample(long first)
    {
        var snapshot = new Snapshot();
        snapshot.Section("agent").PutWeights("actor", [2, 3], [.. Enumerable.Range(0, 6).Select(i => (float)(first + i))]);
        snapshot.Section("environment").Put<double>("qpos", [first, double.NaN]);
        snapshot.Put("step", first);
        snapshot.Put<byte>("nothing", []);
        return snapshot;
    }

    private static void Damage(string path, string how)
    {
        byte[] bytes = File.ReadAllBytes(path);
        switch (how)
        {
            case "cut": File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]); break;
            case "empty": File.WriteAllBytes(path, []); break;
            case "foreign": File.WriteAllText(path, "{ \"not\": \"ours\" }"); break;
            case "missing": File.Delete(path); break;
            default:
                bytes[bytes.Length - 40] ^= 4;
                File.WriteAllBytes(path, bytes);
                break;
        }
    }

    private static bool Mount(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
