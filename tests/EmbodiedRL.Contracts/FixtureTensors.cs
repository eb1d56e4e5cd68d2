using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace EmbodiedRL.Contracts;

/// <summary>The tensors of a fixture as plain numbers; deliberately not the reader under test elsewhere.</summary>
public sealed class FixtureTensors
{
    private readonly Dictionary<string, JsonElement> _headers = [];
    private readonly byte[] _bytes;
    private readonly int _start;

    /// <summary>Reads a safetensors fixture; skips the test when the family is absent.</summary>
    public FixtureTensors(string relative)
    {
        _bytes = File.ReadAllBytes(Fixtures.Require(relative));
        int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(_bytes));
        _start = 8 + length;
        using JsonDocument header = JsonDocument.Parse(Encoding.UTF8.GetString(_bytes, 8, length));
        foreach (JsonProperty entry in header.RootElement.EnumerateObject()) _headers[entry.Name] = entry.Value.Clone();
    }

    public IEnumerable<string> Names => _headers.Keys.Where(name => name != "__metadata__");

    /// <summary>What the file says of itself under a key; empty if nothing.</summary>
    public string Metadata(string key) =>
        _headers.TryGetValue("__metadata__", out JsonElement metadata) && metadata.TryGetProperty(key, out JsonElement value)
            ? value.GetString()!
            : "";

    public long[] Shape(string name) => _headers[name].GetProperty("shape").Deserialize<long[]>()!;

    public float[] Floats(string name) => Read<float>(name, "F32");

    public double[] Doubles(string name) => Read<double>(name, "F64");

    public int[] Ints(string name) => Read<int>(name, "I32");

    public bool Has(string name) => _headers.ContainsKey(name);

    public string Kind(string name) => _headers[name].GetProperty("dtype").GetString()!;

    public long[] Longs(string name) => Read<long>(name, "I64");

    private T[] Read<T>(string name, string type) where T : unmanaged
    {
        JsonElement header = _headers[name];
        Assert.Equal(type, header.GetProperty("dtype").GetString());
        int[] range = header.GetProperty("data_offsets").Deserialize<int[]>()!;
        return MemoryMarshal.Cast<byte, T>(_bytes.AsSpan(_start + range[0], range[1] - range[0])).ToArray();
    }
}
