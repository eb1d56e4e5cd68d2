using EmbodiedRL.Core;
using EmbodiedRL.Training.Demonstrations;

namespace EmbodiedRL.Training.Tests.Demonstrations;

public sealed class ParquetTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_written_is_read()
    {
        TableColumn[] columns =
        [
            new("a.long", new long[] { 1, -2, 3 }), new("a/double", new[] { 0.5, double.NaN, 2 }), new("flag", new[] { true, false, true }),
            new("vector", new float[] { 1, 2, 3, 4, 5, 6 }, 2), new("text", new[] { "one", "zwei ✓", "" }),
            new("texts", new[] { "a", "b", "c" }, 1),
        ];
        await ParquetTable.WriteAsync(_folder["in/a/table.parquet"], columns);
        IReadOnlyDictionary<string, Array> read = await ParquetTable.ReadAsync(_folder["in/a/table.parquet"]);
        Assert.Equal(columns.Select(column => column.Name).Order(), read.Keys.Order());
        Assert.All(columns, column => Assert.Equal(column.Values, read[column.Name]));
    }

    [Fact]
    public async Task Columns_of_different_lengths_are_refused_and_damage_is_told()
    {
        string path = _folder["table.parquet"];
        await Assert.ThrowsAsync<SpecMismatchException>(() =>
            ParquetTable.WriteAsync(path, [new("a", new long[] { 1, 2 }), new("b", new long[] { 1 })]));
        await Assert.ThrowsAsync<SpecMismatchException>(() => ParquetTable.WriteAsync(path, [new("a", new[] { 'x' })]));
        Assert.False(File.Exists(path));
        await ParquetTable.WriteAsync(path, [new("a", new long[] { 1, 2 })]);
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..^10]);
        await Assert.ThrowsAsync<CorruptFileException>(() => ParquetTable.ReadAsync(path));
        await Assert.ThrowsAsync<AssetMissingException>(() => ParquetTable.ReadAsync(_folder["none.parquet"]));
    }
}
