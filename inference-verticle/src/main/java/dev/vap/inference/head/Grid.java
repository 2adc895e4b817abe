package dev.vap.inference.head;

/**
 * The cells into which networks of the YOLO family divide a picture: one grid a stride, from the finest to the coarsest,
 * each row by row.
 */
final class Grid {

    /** Of nearly all of them. */
    static final int[] P5 = {8, 16, 32};

    private static final int[][] USUAL = {P5, {8, 16, 32, 64}, {4, 8, 16, 32}, {16, 32}};
    private static final int ANCHORS = 3;

    private Grid() {}

    /** -1 if the picture isn't made of whole cells. */
    static int cells(int width, int height, int[] strides) {
        int largest = strides[strides.length - 1];
        if (width % largest != 0 || height % largest != 0) {
            return -1;
        }
        int cells = 0;
        for (int stride : strides) {
            cells += (width / stride) * (height / stride);
        }
        return cells;
    }

    /** Whether there are as many boxes as cells of a usual choice of strides. */
    static boolean isOnePerCell(Network network, long boxes) {
        return matches(network, boxes, 1);
    }

    /** Whether there are three boxes a cell, as networks with anchors have them. */
    static boolean isThreePerCell(Network network, long boxes) {
        return matches(network, boxes, ANCHORS);
    }

    private static boolean matches(Network network, long boxes, int perCell) {
        for (int[] strides : USUAL) {
            int cells = cells(network.width(), network.height(), strides);
            if (cells > 0 && (long) perCell * cells == boxes) {
                return true;
            }
        }
        return false;
    }
}
