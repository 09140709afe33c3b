"""Operations: streams of revenue, costs, plant, working capital."""
