using EmbodiedRL.Training.Metrics;

namespace EmbodiedRL.Training.Tests.Metrics;

public sealed class MetricsLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder["metrics.jsonl"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_line_per_update_in_the_order_of_writing()
    {
        using (var log = new MetricsLog(Path))
        {
            log.Begin(1, 4096);
            log.Write("train/kl", 0.1);
            log.Write("reward/mean", -3);
            log.Write("train/kl", 0.25);
            log.Flush();
            log.Begin(2, 8192);
            log.Write("a", double.NaN);
            log.Write("b", double.PositiveInfinity);
            log.Flush();
            log.Begin(3, 9000);
            log.Write("never flushed", 1);
        }

        Assert.Equal(
            ["""{"update":1,"step":4096,"train/kl":0.25,"reward/mean":-3}""", """{"update":2,"step":8192,"a":null,"b":null}"""],
            File.ReadAllLines(Path));
    }

    [Fact]
    public void A_resumed_run_writes_what_an_unbroken_one_would_have()
    {
        using (var log = new MetricsLog(Path)) Write(log, 1, 5);
        File.AppendAllText(Path, """{"update":6,"st"""); // killed while writing
        using (var log = new MetricsLog(Path))
        {
            log.TruncateTo(3);
            Write(log, 4, 8);
        }

        string broken = File.ReadAllText(Path);
        File.Delete(Path);
        using (var log = new MetricsLog(Path)) Write(log, 1, 8);
        Assert.Equal(File.ReadAllText(Path), broken);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 5)]
    [InlineData(99, 5)]
    public void Cutting_back_keeps_whole_lines_up_to_the_update(long update, int lines)
    {
        using var log = new MetricsLog(Path);
        Write(log, 1, 5);
        log.TruncateTo(update);
        Assert.Equal(lines, File.ReadAllLines(Path).Length);
    }

    [Fact]
    public void Damage_is_told_and_whole_lines_around_it_are_kept()
    {
        using (var log = new MetricsLog(Path)) Write(log, 0, 6);
        string[] lines = File.ReadAllLines(Path);
        File.WriteAllLines(Path, [lines[0], lines[1], lines[2][..9], "[]", lines[4], lines[4], lines[6]]);
        using (var log = new MetricsLog(Path))
        {
            MetricsRepair found = log.TruncateTo(5);
            Assert.Equal((1, 3), (found.Later, found.Damaged));
            Assert.Equal([2, 3, 5], found.Missing);
            Assert.Contains("updates 2 to 3, 5 were gone", string.Join('\n', found.Sentences(Path)), StringComparison.Ordinal);
            Write(log, 6, 6);
        }

        Assert.Equal([lines[0], lines[1], lines[4], lines[6]], File.ReadAllLines(Path));
    }

    [Fact]
    public void A_file_that_is_as_it_should_be_is_nothing_to_speak_of()
    {
        using var log = new MetricsLog(Path);
        Write(log, 0, 3);
        Assert.Empty(log.TruncateTo(3).Sentences(Path));
    }

    [Fact]
    public void The_first_line_is_written_again_where_somebody_knows_it()
    {
        using (var log = new MetricsLog(Path))
        {
            MetricsRepair found = log.TruncateTo(1, sink => sink.Write("evaluate/success", 0.5));
            Assert.Equal([0, 1], found.Missing);
            Write(log, 2, 2);
        }

        string[] lines = File.ReadAllLines(Path);
        Assert.Equal(("""{"update":0,"step":0,"evaluate/success":0.5}""", 2), (lines[0], lines.Length));
    }

    [Fact]
    public void A_metric_outside_of_an_update_is_a_mistake()
    {
        using var log = new MetricsLog(Path);
        Assert.Throws<InvalidOperationException>(() => log.Write("a", 1));
    }

    private static void Write(MetricsLog log, int first, int last)
    {
        for (int update = first; update <= last; update++)
        {
            log.Begin(update, update * 100);
            log.Write("value", Math.Sqrt(update));
            log.Flush();
        }
    }
}
