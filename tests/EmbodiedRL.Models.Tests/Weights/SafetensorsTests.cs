using System.Buffers.Binary;
using System.Text;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Models.Tests.Weights;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_no_number_is_refused_with_the_tensors_name(float value)
    {
        string path = _folder["some.safetensors"];
        Safetensors.Write(path,
            [
                StoredTensor.Of<float>("good", [2], [1, 2]), StoredTensor.Of<float>("bad", [2, 2], [1, 2, value, 4]),
                StoredTensor.Of<long>("whole", [1], [5])
            ]);
        Safetensors read = Safetensors.Read(path);
        read.RequireFinite(path, ["good", "whole"]);
        Assert.Contains("'bad', found NaN or an infinite one at place 2 of 4",
            Assert.Throws<CorruptFileException>(() => read.RequireFinite(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read()
    {
        string path = _folder["a.safetensors"];
        Safetensors.Write(path, Some, new Dictionary<string, string> { ["made by"] = "a test", ["ü"] = "\"" });
        Safetensors file = Safetensors.Read(path);

        Assert.Equal(["bytes", "doubles", "empty", "floats", "halves", "longs", "one"], file.Tensors.Keys);
        Assert.Equal("a test", file.Metadata["made by"]);
        Assert.Equal("\"", file.Metadata["ü"]);
        foreach (StoredTensor tensor in Some)
        {
            Assert.Equal(tensor.Type, file[tensor.Name].Type);
            Assert.Equal(tensor.Shape, file[tensor.Name].Shape);
            Assert.Equal(tensor.Bytes.ToArray(), file[tensor.Name].Bytes.ToArray());
        }

        Assert.Equal([0.5f, -2, 65504], file["halves"].Floats());
        Assert.Equal([1e-3f, 7], file["doubles"].Floats());
        Assert.Equal(new long[] { long.MinValue, 3 }, file["longs"].Values<long>().ToArray());
    }

    /// <summary>The first bytes are the header's length, and that of 640, 896, 1152 or 1408 bytes begins as a pickle does.</summary>
    [Fact]
    public void A_header_of_any_length_is_read()
    {
        var lengths = new HashSet<ulong>();
        for (int size = 0; size < 1600; size += 8)
        {
            Safetensors.Write(_folder["a"], [StoredTensor.Of<long>("x", [1], [size])],
                new Dictionary<string, string> { ["pad"] = new string('-', size) });
            lengths.Add(BinaryPrimitives.ReadUInt64LittleEndian(File.ReadAllBytes(_folder["a"])));
            Assert.Equal(size, Safetensors.Read(_folder["a"])["x"].Values<long>()[0]);
        }

        Assert.Superset(new HashSet<ulong> { 640, 896, 1152, 1408 }, lengths);
        File.WriteAllBytes(_folder["b"], [0x80, 2, .. "}q\0(X\x0b\0\0\0"u8]);
        Assert.Contains("a pickle", Assert.Throws<CorruptFileException>(() => Safetensors.Read(_folder["b"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_content_gives_equal_bytes_whatever_the_order()
    {
        Safetensors.Write(_folder["a"], Some);
        Safetensors.Write(_folder["b"], Some.Reverse());
        Assert.Equal(File.ReadAllBytes(_folder["a"]), File.ReadAllBytes(_folder["b"]));
        Assert.Equal(0, (int)(BinaryPrimitives.ReadUInt64LittleEndian(File.ReadAllBytes(_folder["a"])) % 8));
    }

    [Fact]
    public void Brain_floats_are_the_upper_halves_of_floats()
    {
        float[] values = [1, -3.140625f, 1e30f, 0];
        byte[] uppers = [.. values.SelectMany(value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)))];
        Safetensors.Write(_folder["a"], [new StoredTensor("x", StoredType.BF16, [4], uppers)]);
        float[] read = Safetensors.Read(_folder["a"])["x"].Floats();
        for (int i = 0; i < values.Length; i++) Assert.Equal(values[i], read[i], Math.Abs(values[i]) / 128);
    }

    [Fact]
    public void Any_cut_is_one_clear_error()
    {
        Safetensors.Write(_folder["whole"], Some);
        byte[] whole = File.ReadAllBytes(_folder["whole"]);
        foreach (int length in new[] { 0, 7, 8, 20, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(_folder["cut"], whole[..length]);
            string message = Assert.Throws<CorruptFileException>(() => Safetensors.Read(_folder["cut"])).Message;
            Assert.Contains("cut", message, StringComparison.Ordinal);
        }

        File.WriteAllBytes(_folder["long"], [.. whole, 0]);
        Assert.Throws<CorruptFileException>(() => Safetensors.Read(_folder["long"]));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("""{"x":3}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1]}}""")]
    [InlineData("""{"x":{"dtype":"F8","shape":[4],"data_offsets":[0,4]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    public void A_wrong_header_is_one_clear_error(string header)
    {
        byte[] bytes = new byte[8 + header.Length + 4];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        Encoding.ASCII.GetBytes(header).CopyTo(bytes, 8);
        File.WriteAllBytes(_folder["wrong"], bytes);
        string message = Assert.Throws<CorruptFileException>(() => Safetensors.Read(_folder["wrong"])).Message;
        Assert.Contains("expected", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_or_tensor_is_named()
    {
        Assert.Contains("nowhere",
            Assert.Throws<AssetMissingException>(() => Safetensors.Read(_folder["nowhere"])).Message, StringComparison.Ordinal);
        Safetensors.Write(_folder["a"], Some);
        Assert.Contains("'floats'",
            Assert.Throws<UnknownNameException>(() => Safetensors.Read(_folder["a"])["float"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_written_leaves_the_old_file_whole_and_nothing_beside_it()
    {
        Safetensors.Write(_folder["a"], Some);
        byte[] before = File.ReadAllBytes(_folder["a"]);
        Assert.Throws<SpecMismatchException>(() =>
            Safetensors.Write(_folder["a"], [new StoredTensor("x", StoredType.F32, [2], new byte[4])]));
        Assert.Throws<DirectoryNotFoundException>(() => Safetensors.Write(Path.Combine(_folder.Path, "none", "a"), Some));
        Assert.Equal(before, File.ReadAllBytes(_folder["a"]));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    private static StoredTensor[] Some =>
    [
        StoredTensor.Of<float>("floats", [2, 3], [1, 2, 3, float.NaN, float.PositiveInfinity, -0f]),
        StoredTensor.Of<double>("doubles", [2], [1e-3, 7]),
        StoredTensor.Of<long>("longs", [2, 1], [long.MinValue, 3]),
        StoredTensor.Of<byte>("bytes", [3], [0, 128, 255]),
        StoredTensor.Of<Half>("halves", [3], [(Half)0.5f, (Half)(-2), (Half)65504]),
        StoredTensor.Of<float>("one", [], [42]),
        StoredTensor.Of<float>("empty", [0, 4], []),
    ];
}
