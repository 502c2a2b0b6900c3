using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace StreamDeploy.Schemas.Avro;

/// <summary>Where a value is written: a window into the caller's buffer.</summary>
internal ref struct AvroOutput(IBufferWriter<byte> buffer)
{
    private const int VarintBytesMax = 10;
    private const int WindowBytesMin = 256;

    private Span<byte> window;
    private int used;
    private int depth;

    /// <summary>Hands what was written to the buffer; nothing is there before.</summary>
    public void Flush()
    {
        buffer.Advance(used);
        window = default;
        used = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Need(int bytes)
    {
        if (window.Length - used < bytes)
            Grow(bytes);
    }

    private void Grow(int bytes)
    {
        if (used > 0)
            buffer.Advance(used);
        window = buffer.GetSpan(Math.Max(bytes, WindowBytesMin));
        used = 0;
    }

    public void WriteLong(long value)
    {
        Need(VarintBytesMax);
        ulong zigzag = (ulong)((value << 1) ^ (value >> 63));
        while (zigzag >= 0x80)
        {
            window[used++] = (byte)(zigzag | 0x80);
            zigzag >>= 7;
        }
        window[used++] = (byte)zigzag;
    }

    public void WriteBoolean(bool value)
    {
        Need(1);
        window[used++] = value ? (byte)1 : (byte)0;
    }

    public void WriteFloat(float value)
    {
        Need(sizeof(float));
        BinaryPrimitives.WriteSingleLittleEndian(window[used..], value);
        used += sizeof(float);
    }

    public void WriteDouble(double value)
    {
        Need(sizeof(double));
        BinaryPrimitives.WriteDoubleLittleEndian(window[used..], value);
        used += sizeof(double);
    }

    /// <summary>Half a surrogate pair is written as U+FFFD: a text that was cut at the wrong place must not stop the stream.</summary>
    public void WriteString(string value)
    {
        int bytes = Encoding.UTF8.GetByteCount(value);
        WriteLong(bytes);
        Need(bytes);
        used += Encoding.UTF8.GetBytes(value, window[used..]);
    }

    public void WriteBytes(byte[] value)
    {
        WriteLong(value.Length);
        WriteFixed(value);
    }

    public void WriteFixed(byte[] value)
    {
        Need(value.Length);
        value.CopyTo(window[used..]);
        used += value.Length;
    }

    public void Enter()
    {
        if (++depth > AvroCursor.DepthMax)
            throw new AvroException($"the value nests deeper than {AvroCursor.DepthMax} levels");
    }

    public void Leave() => depth--;
}
