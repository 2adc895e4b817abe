package dev.vap.inference.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.vap.inference.head.Head;
import dev.vap.inference.head.TensorShape;
import dev.vap.shared.domain.VapException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many pictures a network takes in one run. */
final class Batches {

    private static final Logger LOG = LoggerFactory.getLogger(Batches.class);

    private Batches() {}

    /**
     * @param probe of as many pictures as the input fixes, of one where it leaves that open
     * @param wanted at most
     * @throws dev.vap.shared.domain.VapException {@code model_unsupported} if the number is fixed, and outputs don't tell
     *     pictures apart
     */
    static int most(OrtSession session, PictureInput input, Head head, Probe probe, int wanted) throws OrtException {
        if (input.batch() > 0) {
            requirePerPicture(input, head, probe);
            return Math.min(wanted, input.batch());
        }
        int allowed = (int) Math.min(wanted, memoryAllows(input, head, probe));
        return allowed > 1 && takesTwo(session, input, head, probe) ? allowed : 1;
    }

    private static void requirePerPicture(PictureInput input, Head head, Probe probe) {
        if (input.batch() == 1) {
            return;
        }
        for (int index : head.reads()) {
            TensorShape output = probe.shapes().get(index);
            if (output.rank() == 0 || output.dim(0) != input.batch()) {
                throw Problems.unsupported("The model takes " + input.batch() + " pictures at once, but its output is "
                        + output + ": export it for one picture.");
            }
        }
    }

    private static long memoryAllows(PictureInput input, Head head, Probe probe) {
        long values = 1;
        for (int index : head.reads()) {
            values += probe.shapes().get(index).values();
        }
        return Math.max(1, Math.min(PictureInput.MOST_BYTES / input.bytes(), Probe.MOST_VALUES / values));
    }

    /** An export may say that it takes any number and yet hold shapes for one. */
    private static boolean takesTwo(OrtSession session, PictureInput input, Head head, Probe one) {
        try {
            List<TensorShape> two = Probe.run(session, input, null, 2).shapes();
            for (int index : head.reads()) {
                TensorShape single = one.shapes().get(index);
                TensorShape both = two.get(index);
                boolean perPicture = single.rank() > 0
                        && single.rank() == both.rank()
                        && single.dim(0) == 1
                        && both.dim(0) == 2
                        && (head.varies() || both.equals(single.withFirst(2)));
                if (!perPicture) {
                    LOG.info("no batches, since of two pictures the network answers {}", both);
                    return false;
                }
            }
            return true;
        } catch (OrtException | VapException e) {
            LOG.info("no batches, since the network fails on two pictures: {}", e.getMessage());
            return false;
        }
    }
}
