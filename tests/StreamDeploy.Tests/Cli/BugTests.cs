using System.CommandLine;
using StreamDeploy.Cli;
using StreamDeploy.Cli.Commands;

namespace StreamDeploy.Tests.Cli;

/// <summary>What a user is told when the program itself is at fault.</summary>
public sealed class BugTests
{
    [Fact]
    public async Task An_exception_that_nobody_expected_is_one_sentence_and_a_file_with_its_stack_trace()
    {
        var command = new Command("any").Runs([], (_, _, _) => throw new InvalidOperationException("two\nlines"));
        using var errors = new StringWriter();

        var code = await command.Parse([]).InvokeAsync(new InvocationConfiguration { Error = errors, EnableDefaultExceptionHandler = false });

        var line = Assert.Single(errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(ExitCodes.Failed, code);
        Assert.StartsWith("streamdeploy: This is a bug in StreamDeploy (InvalidOperationException: two | lines). The details are in ", line, StringComparison.Ordinal);
        var file = line[(line.IndexOf(" are in ", StringComparison.Ordinal) + 8)..line.IndexOf("; please", StringComparison.Ordinal)];
        Assert.Contains("   at StreamDeploy.", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        File.Delete(file);
    }

    [Theory]
    [InlineData("StreamDeploy.Connectors")]
    [InlineData("StreamDeploy.Schemas")]
    [InlineData("System.CommandLine")]
    public async Task A_missing_file_of_the_program_is_named(string assembly)
    {
        using var copy = new CopiedProgram();
        copy.Remove(assembly + ".dll");

        var (code, output, error) = await CliProcess.RunCopyAsync(copy.Assembly, ["replay", "-"]);

        Assert.Equal((1, "", $"streamdeploy: A file of the program is missing or damaged: {assembly}.dll. Copy the whole output folder of the build again.\n"), (code, output, error));
    }

    [Fact]
    public async Task An_error_that_cannot_be_written_leaves_its_exit_code()
    {
        using var closed = new StreamWriter(Stream.Null);
        await closed.DisposeAsync();

        Assert.Equal(ExitCodes.Failed, Failure.Tell(new IOException("it broke"), closed));
    }

    [Fact]
    public void What_a_file_says_does_not_steer_the_terminal()
    {
        using var errors = new StringWriter();

        Failure.Tell(new IOException("no \u001b[31mred"), errors);

        Assert.Equal("streamdeploy: no \\u001b[31mred" + Environment.NewLine, errors.ToString());
    }

    [Fact]
    public void Without_a_place_for_the_file_the_details_follow_in_the_same_line()
    {
        var said = Bug.Describe(new InvalidOperationException("it broke"), Path.Combine(Path.GetTempPath(), "no", "such", "folder"));

        Assert.Contains("The details cannot be written to a file (", said, StringComparison.Ordinal);
        Assert.EndsWith("System.InvalidOperationException: it broke", said, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', said);
    }
}
